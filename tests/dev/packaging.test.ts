import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../../package.json";
import { recipes } from "../../scripts/packaging.ts";
import { packRelease } from "../../scripts/release.ts";
import { TARGETS, type Target } from "../../scripts/targets.ts";
import { builtBinary, root } from "../helpers/binary.ts";
import { createWorld } from "../helpers/world.ts";

const sums = Object.fromEntries(
  TARGETS.map((target, at) => [target, String(at).repeat(64)]),
) as Record<Target, string>;
const made = recipes({ repository: "someone/taskmux", version: "1.2.3-rc.1", sums });
const textOf = (name: string): string => Buffer.from(made.get(name)!).toString();

test.each(["taskmux.rb", "PKGBUILD", "flake.nix"])(
  "%s names the archives of this release with the checksum of each",
  (name) => {
    const text = textOf(name);
    const found = [...text.matchAll(/https:\/\/\S+\/v1\.2\.3-rc\.1\/taskmux-([\w-]+)\.tar\.gz/g)];
    const targets = found.map(([, target]) => target as Target);
    const systems = name === "PKGBUILD" ? ["linux"] : ["linux", "darwin"];
    expect(targets.toSorted()).toEqual(
      systems.flatMap((system) => [`${system}-arm64`, `${system}-x64`] as Target[]).toSorted(),
    );
    for (const [at, match] of found.entries()) {
      expect(text.slice(match.index)).toMatch(/[0-9a-f]{64}/);
      expect(/[0-9a-f]{64}/.exec(text.slice(match.index))![0]).toBe(sums[targets[at]!]);
    }
  },
);

test("mise.toml is TOML", () => {
  expect(Bun.TOML.parse(textOf("mise.toml"))).toEqual({
    tools: { "ubi:someone/taskmux": { version: "1.2.3-rc.1", exe: "taskmux" } },
  });
});

test.skipIf(Bun.which("ruby") === null)("Ruby reads the formula", async () => {
  await using world = createWorld();
  const path = world.write("taskmux.rb", textOf("taskmux.rb"));
  const { exitCode, stderr } = await world.runProgram(["ruby", "-c", path]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
});

test.skipIf(Bun.which("nix-instantiate") === null)("Nix reads the flake", async () => {
  await using world = createWorld();
  const path = world.write("flake.nix", textOf("flake.nix"));
  const { exitCode, stderr } = await world.runProgram(["nix-instantiate", "--parse", path]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
});

test.skipIf(process.platform !== "linux" || Bun.which("bash") === null)(
  "what the PKGBUILD packages is what an archive holds, with completions and the license",
  async () => {
    await using world = createWorld();
    world.write("PKGBUILD", textOf("PKGBUILD"));
    symlinkSync(builtBinary(), join(world.project, "taskmux"));
    world.write("taskmux.1", "a manual");
    const script = `set -eu; . ./PKGBUILD; pkgdir=$PWD/pkg; cp "$1" "LICENSE-$pkgver"; package; echo "$pkgver" "\${source_x86_64[0]%%::*}"
echo "\${sha256sums[0]}  LICENSE-$pkgver" | sha256sum -c >sums`;
    const bash = ["bash", "-c", script, "bash", join(root, "LICENSE")];
    const { stdout, stderr, exitCode } = await world.runProgram(bash);
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: "1.2.3_rc.1 taskmux-1.2.3_rc.1-x86_64.tar.gz\n",
      stderr: "",
      exitCode: 0,
    });
    const files = [...new Bun.Glob("**").scanSync({ cwd: join(world.project, "pkg") })];
    expect(files.toSorted()).toEqual([
      "usr/bin/taskmux",
      "usr/share/bash-completion/completions/taskmux",
      "usr/share/fish/vendor_completions.d/taskmux.fish",
      "usr/share/licenses/taskmux-bin/LICENSE",
      "usr/share/man/man1/taskmux.1",
      "usr/share/zsh/site-functions/_taskmux",
    ]);
  },
);

test("a release of every target has the recipes, with the checksums of its archives", async () => {
  await using world = createWorld();
  const dist = join(world.root, "dist");
  mkdirSync(dist);
  for (const target of TARGETS) writeFileSync(join(dist, `taskmux-${target}`), `for ${target}`);
  packRelease(TARGETS, "someone/taskmux", dist);
  const read = (name: string) => readFileSync(join(dist, "release", name), "utf8");
  const listed = new Map(
    read("SHA256SUMS")
      .trimEnd()
      .split("\n")
      .map((line) => line.split("  ").toReversed() as [string, string]),
  );
  for (const name of made.keys()) expect([...listed.keys()]).toContain(name);
  expect(read("taskmux.rb")).toContain(listed.get("taskmux-darwin-x64.tar.gz")!);
  expect(read("PKGBUILD")).toContain(`pkgver=${version.replaceAll("-", "_")}\n`);
});
