import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build, noteOnSignature } from "../../build.ts";
import { packageManager } from "../../package.json";
import { RUNTIME_VERSION, RUNTIMES, runtimeOf } from "../../scripts/runtimes.ts";
import { TARGETS } from "../../scripts/targets.ts";
import { root } from "../helpers/binary.ts";
import { createWorld } from "../helpers/world.ts";

const hash = (path: string): string => Bun.SHA256.hash(readFileSync(path), "hex");

test("the same sources build the same binary, which says nothing of the directory it was built in", async () => {
  await using world = createWorld();
  const first = await build(undefined, `${world.root}/first`);
  const second = await build(undefined, `${world.root}/second directory`);
  expect(hash(second)).toBe(hash(first));
  expect(readdirSync(`${world.root}/first`)).toEqual(["taskmux"]);
  for (const path of [root, world.root]) expect(readFileSync(first).indexOf(path)).toBe(-1);
});

/** A registry with one archive of a Bun, whose checksum it returns. */
function registryOf(root: string): {
  directory: string;
  sha512: string;
  server: Bun.Server<undefined>;
} {
  mkdirSync(`${root}/package/bin`, { recursive: true });
  writeFileSync(`${root}/package/bin/bun`, "a runtime");
  const { exitCode } = Bun.spawnSync(["tar", "-czf", `${root}/bun.tgz`, "-C", root, "package"]);
  expect(exitCode).toBe(0);
  const bytes = readFileSync(`${root}/bun.tgz`);
  const path = `/@oven/bun-linux-aarch64/-/bun-linux-aarch64-${RUNTIME_VERSION}.tgz`;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) =>
      new URL(url).pathname === path
        ? new Response(new Uint8Array(bytes))
        : new Response("none", { status: 404 }),
  });
  const sha512 = new Bun.CryptoHasher("sha512").update(bytes).digest("base64");
  return { directory: `${root}/runtimes`, sha512, server };
}

test("another platform's runtime is downloaded once, and only kept if its checksum is the stated one", async () => {
  await using world = createWorld();
  const { directory, sha512, server } = registryOf(world.root);
  const source = { directory, registry: server.url.href };
  try {
    const refused = runtimeOf("linux-arm64", source);
    expect(await refused.catch(String)).toContain(
      `it is ${sha512}, not ${RUNTIMES["linux-arm64"].sha512}`,
    );
    expect(existsSync(directory) ? readdirSync(directory) : []).toEqual([]);
    const runtime = await runtimeOf("linux-arm64", { ...source, sha512 });
    expect(readFileSync(runtime, "utf8")).toBe("a runtime");
    expect(readdirSync(directory)).toEqual([`bun-linux-aarch64-${RUNTIME_VERSION}`]);
  } finally {
    await server.stop(true);
  }
  expect(await runtimeOf("linux-arm64", source)).toStartWith(directory);
});

test("the runtimes are of the pinned Bun's version, and each is pinned by a checksum of its own", () => {
  expect(`bun@${RUNTIME_VERSION}`).toBe(packageManager);
  const sums = TARGETS.map((target) => RUNTIMES[target].sha512);
  expect(new Set(sums).size).toBe(TARGETS.length);
  for (const sum of sums) expect(sum).toMatch(/^[A-Za-z0-9+/]{86}==$/);
});

/** What npm's registry states; null where it can't be asked. */
async function statedChecksum(name: string): Promise<string | null> {
  const view = ["npm", "view", `@oven/bun-${name}@${RUNTIME_VERSION}`, "dist.integrity"];
  const npm = Bun.spawn([...view, "--fetch-retries=0"], { stdout: "pipe", stderr: "ignore" });
  const integrity = (await npm.stdout.text()).trim();
  return (await npm.exited) === 0 ? integrity : null;
}

test.skipIf(Bun.which("npm") === null)(
  "the checksums are those that npm's registry states, where it answers",
  async () => {
    const pinned = TARGETS.map((target) => RUNTIMES[target]);
    const stated = await Promise.all(pinned.map(({ name }) => statedChecksum(name)));
    expect(pinned.map(({ sha512 }) => `sha512-${sha512}`)).toEqual(
      pinned.map(({ sha512 }, index) => stated[index] ?? `sha512-${sha512}`),
    );
  },
);

test("a Mac's binary that is made elsewhere is said to have a wrong signature", () => {
  expect(noteOnSignature("darwin-x64", "linux")).toContain(
    "codesign --force --sign - taskmux-darwin-x64",
  );
  expect(noteOnSignature("darwin-x64", "darwin")).toBeNull();
  expect(noteOnSignature("linux-x64", "linux")).toBeNull();
});
