/** A shell script imported `with { type: "text" }` is embedded in the binary as a string. */
declare module "*.sh" {
  const text: string;
  export default text;
}

declare module "*.bash" {
  const text: string;
  export default text;
}

declare module "*.zsh" {
  const text: string;
  export default text;
}

declare module "*.fish" {
  const text: string;
  export default text;
}

declare module "*.md" {
  const text: string;
  export default text;
}
