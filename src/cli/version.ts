declare const TASKMUX_VERSION: string | undefined;

/** The version in package.json, built into the executable. */
export const ownVersion = async (): Promise<string> =>
  typeof TASKMUX_VERSION === "string"
    ? TASKMUX_VERSION
    : ((await import("../../package.json")) as { version: string }).version;
