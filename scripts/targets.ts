/** What a release is built for; each is `bun-<name>` to Bun. */
export const TARGETS = [
  "linux-x64",
  "linux-arm64",
  "linux-x64-musl",
  "linux-arm64-musl",
  "darwin-x64",
  "darwin-arm64",
] as const;

/** One of them. */
export type Target = (typeof TARGETS)[number];
