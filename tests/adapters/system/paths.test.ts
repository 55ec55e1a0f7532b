import { expect, test } from "bun:test";
import { apiSocketPath } from "../../../src/adapters/system/paths.ts";

const LONG = "s".repeat(64);
const HOME = "/Users/firstname.lastname/.taskmux";

test("the path of a daemon's socket fits into macOS's 104 bytes", () => {
  expect(apiSocketPath("shop", "darwin", HOME)).toBe(`${HOME}/run/shop/api.sock`);
  const path = apiSocketPath(LONG, "darwin", HOME);
  expect(path).toMatch(/^\/Users\/firstname\.lastname\/\.taskmux\/api-[0-9a-f]{12}\.sock$/);
  expect(apiSocketPath(`${LONG.slice(1)}t`, "darwin", HOME)).not.toBe(path);
  expect(apiSocketPath(LONG, "linux", HOME)).toBe(`${HOME}/run/${LONG}/api.sock`);
});

test("as long as it may be, and one byte longer", () => {
  const session = "s".repeat(103 - `${HOME}/run//api.sock`.length);
  expect(apiSocketPath(session, "darwin", HOME)).toBe(`${HOME}/run/${session}/api.sock`);
  expect(apiSocketPath(`${session}s`, "darwin", HOME)).toContain("/.taskmux/api-");
});
