import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = 'name = "demo"\n[tasks.api]\ncommand = "exec sleep 1000"\n';
const NAMES = ["claude", "codex", "cursor", "vscode"];
const FILES = [".mcp.json", ".codex/config.toml", ".cursor/mcp.json", ".vscode/mcp.json"];

const read = (world: World, file: string) => readFileSync(join(world.project, file), "utf8");

/** An environment in which only these programs are found, besides the system's. */
function withPrograms(world: World, ...programs: string[]) {
  for (const name of programs) world.write(`bin/${name}`, "#!/bin/sh\n", 0o755);
  return { env: { PATH: `${join(world.project, "bin")}:/usr/bin:/bin` } };
}

test("mcp install registers the server in each client's file, once", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  for (const [index, name] of NAMES.entries()) {
    const file = join(world.project, FILES[index]!);
    const { result } = await ask(world, `mcp install ${name}`);
    expect(result).toEqual({ ok: true, clients: [{ client: name, file, action: "created" }] });
    const again = await ask(world, `mcp install ${name}`);
    expect(again.result.clients).toMatchObject([{ action: "unchanged" }]);
  }
  const server = { command: "taskmux", args: ["mcp"] };
  expect(JSON.parse(read(world, ".mcp.json"))).toEqual({ mcpServers: { taskmux: server } });
  expect(Bun.TOML.parse(read(world, ".codex/config.toml"))).toEqual({
    mcp_servers: { taskmux: server },
  });
  const { args } = JSON.parse(read(world, ".cursor/mcp.json")).mcpServers.taskmux;
  expect(args).toEqual(["mcp", "--config", "${workspaceFolder}"]);
  expect(JSON.parse(read(world, ".vscode/mcp.json")).servers.taskmux).toMatchObject(server);
});

test("without a client, those that are installed; of none, what belongs into the files is printed", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const found = await world.run(["mcp", "install"], withPrograms(world, "codex", "code"));
  expect(found.stdout).toBe(
    "created .codex/config.toml: codex\ncreated .vscode/mcp.json: vscode\n",
  );
  await using other = createWorld();
  other.writeConfig(CONFIG);
  const { stdout, exitCode } = await other.run(["mcp", "install"], withPrograms(other));
  expect(exitCode).toBe(0);
  for (const [index, name] of NAMES.entries())
    expect(stdout).toContain(`# ${name}: ${FILES[index]}\n`);
  expect(FILES.filter((file) => existsSync(join(other.project, file)))).toEqual([]);
});

test("--print writes nothing, and the rest of a file stays", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const before = '{\n    "mcpServers": {\n        "x": {"command":"x"}\n    }\n}';
  world.write(".mcp.json", before);
  const printed = await ask(world, "mcp install claude --print --read-only");
  expect(JSON.parse(printed.result.clients[0].text).mcpServers.taskmux.args).toEqual([
    "mcp",
    "--read-only",
  ]);
  expect(read(world, ".mcp.json")).toBe(before);
  await ask(world, "mcp install claude");
  const after = read(world, ".mcp.json");
  expect(after).toStartWith(before.slice(0, before.indexOf("}") + 1));
  expect(after).toEndWith("}\n    }\n}");
});

test("a file that doesn't parse, or lies outside of the project, is left alone", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  world.write(".mcp.json", "{ mine");
  const broken = await ask(world, "mcp install claude");
  expect(broken.result).toMatchObject({ ok: false, error_code: "E106", clients: [] });
  expect(broken.result.hint).toContain("--print");
  expect(read(world, ".mcp.json")).toBe("{ mine");
  const outside = join(world.root, "outside");
  mkdirSync(outside);
  symlinkSync(outside, join(world.project, ".cursor"));
  expect((await ask(world, "mcp install cursor")).result).toMatchObject({ error_code: "E106" });
  expect(existsSync(join(outside, "mcp.json"))).toBe(false);
  for (const line of ["mcp instal", "mcp install emacs"])
    expect((await ask(world, line)).result).toMatchObject({ error_code: "E500" });
});

test("a file that nobody may write is left alone", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const path = world.write(".mcp.json", "{}\n", 0o444);
  const { exitCode, result } = await ask(world, "mcp install claude");
  expect(exitCode).toBe(1);
  expect(result).toMatchObject({
    ok: false,
    error_code: "E106",
    error: `${path} is read-only`,
    hint: `To let taskmux change it: chmod u+w ${path}`,
  });
  expect(readFileSync(path, "utf8")).toBe("{}\n");
});

test("inject --skill writes the skill where the agents read it, and the block names the tools", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  const options = withPrograms(world, "claude", "codex");
  const plain = await ask(world, "inject", options);
  expect(plain.result.agents).toHaveLength(2);
  expect(read(world, "CLAUDE.md")).not.toContain("MCP");
  await ask(world, "mcp install claude", options);
  const { result } = await ask(world, "inject --skill", options);
  const actions = result.agents.map(({ file, action }: { file: string; action: string }) => [
    file.slice(world.project.length + 1),
    action,
  ]);
  expect(actions).toEqual([
    ["CLAUDE.md", "updated"],
    [".claude/skills/taskmux/SKILL.md", "created"],
    ["AGENTS.md", "updated"],
    [".agents/skills/taskmux/SKILL.md", "created"],
  ]);
  expect(read(world, "CLAUDE.md")).toContain("MCP tools");
  expect(read(world, ".claude/skills/taskmux/SKILL.md")).toStartWith("---\nname: taskmux\n");
  const again = await ask(world, "inject --skill", options);
  expect(again.result.agents.every((agent: any) => agent.action === "unchanged")).toBe(true);
});

test.each(["y", "n", ""])(
  "init on a terminal offers to register the server: '%s'",
  async (answer) => {
    await using world = createWorld();
    const terminal = world.spawnOnTerminal(["init"], withPrograms(world, "claude"));
    await eventually(() => terminal.seen().includes("Session name"));
    terminal.type("\r");
    await eventually(() =>
      terminal.seen().includes("Register the MCP server in .mcp.json? (y/N): "),
    );
    terminal.type(`${answer}\r`);
    expect(await terminal.ended()).toBe(0);
    expect(existsSync(join(world.project, ".mcp.json"))).toBe(answer === "y");
    expect(read(world, "CLAUDE.md").includes("MCP tools")).toBe(answer === "y");
  },
);

test("init --defaults registers nothing", async () => {
  await using world = createWorld();
  await ask(world, "init --defaults", withPrograms(world, "claude"));
  expect(existsSync(join(world.project, ".mcp.json"))).toBe(false);
});
