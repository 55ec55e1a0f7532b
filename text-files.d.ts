/** A shell script imported `with { type: "text" }` is embedded in the binary as a string. */
declare module "*.sh" {
  const text: string;
  export default text;
}
