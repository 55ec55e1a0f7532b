import { expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** The environment in which programs of these names are in PATH, next to those of the system. */
function withAgents(world: World, ...names: string[]): { env: Record<string, string> } {
  const directory = join(world.root, "agents");
  mkdirSync(directory);
  for (const name of names) writeFileSync(join(directory, name), "#!/bin/sh\n", { mode: 0o755 });
  return { env: { PATH: `${directory}:/usr/bin:/bin` } };
}

const textOf = (world: World, name: string) => readFileSync(join(world.project, name), "utf8");

const checked = async (world: World) => {
  const { exitCode, result } = await ask(world, "check");
  expect({ exitCode, errors: result.errors }).toEqual({ exitCode: 0, errors: [] });
};

test("in an empty directory init makes a valid config without tasks, with an example, and says so", async () => {
  await using world = createWorld();
  const { exitCode, stdout, stderr } = await world.run(["init"], withAgents(world));
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: `created taskmux.toml: session ${basename(world.project)}, no tasks\n`,
  });
  expect(stderr).toContain("no tasks yet");
  expect(textOf(world, "taskmux.toml")).toContain('# web = "npm run dev"');
  await checked(world);
});

// Regression: "`init --json` prints prose before the JSON and may wait for input."
test("init --json is one document, and asks nothing even where its input stays open", async () => {
  await using world = createWorld();
  const { exitCode, result } = await ask(world, "init", withAgents(world, "claude", "codex"));
  const config_path = join(world.project, "taskmux.toml");
  expect({ exitCode, result }).toEqual({
    exitCode: 0,
    result: {
      ok: true,
      session: "project",
      config_path,
      action: "created",
      tasks: [],
      agents: [
        { agent: "claude", file: join(world.project, "CLAUDE.md"), action: "created" },
        { agent: "codex", file: join(world.project, "AGENTS.md"), action: "created" },
      ],
      warnings: [expect.stringContaining("no tasks")],
    },
  });
  const terminal = world.spawnOnTerminal(["init", "--json", "-c", "other.toml"]);
  expect(await terminal.ended()).toBe(0);
  await eventually(() => terminal.seen().endsWith("\r\n"));
  expect(JSON.parse(terminal.seen())).toMatchObject({ ok: true, action: "created" });
});

test("a Node project runs after init and start, with the package manager of its lock file", async () => {
  await using world = createWorld();
  world.write("bun.lock", "{}");
  world.write(
    "package.json",
    JSON.stringify({ scripts: { dev: "sleep 1000", start: "x", lint: "y" } }),
  );
  // A stand-in for the package manager: it runs the script, as the real one would.
  world.write("bin/bun", '#!/bin/sh\necho "$@"\nexec sleep 1000\n', 0o755);
  const env = { PATH: `${join(world.project, "bin")}:${world.env["PATH"]}` };
  const { result } = await ask(world, "init --defaults", { env });
  expect(result).toMatchObject({ action: "created", tasks: ["dev", "start"] });
  expect(Bun.TOML.parse(textOf(world, "taskmux.toml"))).toEqual({
    name: "project",
    tasks: {
      dev: { command: "bun run dev" },
      start: { command: "bun run start", auto_start: false },
    },
  });
  await checked(world);
  expect((await ask(world, "start --wait", { env })).result).toMatchObject({
    ok: true,
    tasks: ["dev"],
  });
  const logged = async () => (await world.run(["logs", "dev"])).stdout;
  await eventually(async () => (await logged()).includes("run dev"));
});

test("a Procfile project runs as foreman would run it, with its .env and its PORT", async () => {
  await using world = createWorld();
  const script = `Bun.listen({ hostname: "localhost", port: process.env.PORT, socket: { data() {} } });`;
  world.write("serve.ts", script);
  const web = `echo "on $PORT as $WHO"; exec '${process.execPath}' serve.ts`;
  world.write("Procfile", `worker: sleep 1000\nweb: ${web}\n`);
  world.write(".env", "WHO=me\n");
  expect((await ask(world, "init")).result.tasks).toEqual(["worker", "web"]);
  await checked(world);
  expect((await ask(world, "start --wait")).result).toMatchObject({
    ok: true,
    tasks: ["worker", "web"],
  });
  const logged = async () => (await world.run(["logs", "web"])).stdout;
  const { port } = (await ask(world, "status")).result.tasks[1];
  expect(port).toBeWithin(5100, 5200);
  await eventually(async () => (await logged()).includes(`on ${port} as me`));
});

test("a monorepo's packages run in their directories after init and start", async () => {
  await using world = createWorld();
  world.write("package.json", '{"workspaces":["apps/*"],"scripts":{"build":"x"}}');
  const script = (name: string) => JSON.stringify({ scripts: { [name]: "node server.js" } });
  world.write("apps/web/package.json", script("dev"));
  world.write("apps/api/package.json", script("start"));
  world.write("bin/npm", '#!/bin/sh\necho "$2 in ${PWD##*/}"\nexec sleep 1000\n', 0o755);
  const env = { PATH: `${join(world.project, "bin")}:${world.env["PATH"]}` };
  expect((await ask(world, "init", { env })).result.tasks).toEqual(["api", "web"]);
  await checked(world);
  await ask(world, "start --wait", { env });
  const logged = async () => (await world.run(["logs", "--raw"])).stdout;
  await eventually(async () => {
    const text = await logged();
    return text.includes("start in api") && text.includes("dev in web");
  });
});

test("services of a compose file are proposed, and the config of a project with all three kinds is valid", async () => {
  await using world = createWorld();
  world.write("compose.yaml", "services:\n  db:\n    image: postgres\n  app:\n    build: .\n");
  world.write("package.json", '{"packageManager":"pnpm@9.0.0","scripts":{"watch":"x"}}');
  world.write("Procfile.dev", "web: bin/rails s\n");
  expect((await ask(world, "init")).result.tasks).toEqual(["web", "watch", "db", "app"]);
  await checked(world);
  const { result } = await ask(world, "status");
  const shown = result.tasks.map(({ command, auto_start }: any) => [command, auto_start]);
  expect(shown).toEqual([
    ["bin/rails s --port $PORT", true],
    ["pnpm run watch", false],
    ["docker compose up --no-deps db", true],
    ["docker compose up --no-deps app", false],
  ]);
});

test("the session's name is the directory's, made valid, or the one that --session gives", async () => {
  await using world = createWorld();
  const cwd = join(world.project, "My Shop.d");
  mkdirSync(cwd);
  expect((await ask(world, "init", { cwd })).result.session).toBe("My-Shop-d");
  const { result } = await ask(world, "init --session other -c second.toml", { cwd });
  expect(result.session).toBe("other");
  expect(readFileSync(join(cwd, "second.toml"), "utf8")).toContain('name = "other"');
  expect(await ask(world, "init --session a.b", { cwd })).toMatchObject({
    exitCode: 2,
    result: { error_code: "E104" },
  });
});

test("a config that exists is kept, whatever it holds; one with errors is reported, and nothing is written", async () => {
  await using world = createWorld();
  const text = '# mine\nname = "kept"\ntasks.a = "x"\n';
  world.writeConfig(text);
  const options = withAgents(world, "claude");
  for (const line of ["init", "init --defaults"]) {
    expect(await ask(world, line, options)).toMatchObject({
      exitCode: 0,
      result: { action: "exists", session: "kept", tasks: ["a"] },
    });
  }
  expect(textOf(world, "taskmux.toml")).toBe(text);
  world.write("bad/taskmux.toml", "nmae = 1\n");
  const bad = { ...options, cwd: join(world.project, "bad") };
  expect(await ask(world, "init", bad)).toMatchObject({
    exitCode: 2,
    result: { error_code: "E103" },
  });
  expect(readdirSync(bad.cwd)).toEqual(["taskmux.toml"]);
});

test("init below another config says that the new one counts from here on", async () => {
  await using world = createWorld();
  const above = world.writeConfig('name = "above"\n');
  world.write("web/x", "");
  const { result } = await ask(world, "init", { cwd: join(world.project, "web") });
  expect(result.action).toBe("created");
  expect(result.warnings).toContainEqual(expect.stringContaining(above));
});

test("a config that can't be written is E106, and nothing is left behind", async () => {
  await using world = createWorld();
  const name = `${"x".repeat(300)}.toml`;
  const { exitCode, result } = await ask(world, `init -c ${name}`, withAgents(world, "claude"));
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 1, code: "E106" });
  expect(readdirSync(world.project)).toEqual([]);
});

test("inject refreshes the block of the agents in PATH, and touches nothing else", async () => {
  await using world = createWorld();
  const config = 'name = "demo"\n';
  world.writeConfig(config);
  const old = "<!-- taskmux:begin -->\r\nold\r\n<!-- taskmux:end -->";
  world.write("AGENTS.md", `# Ours\r\n${old}\r\nmore`);
  world.write("GEMINI.md", "gemini's\n");
  const options = withAgents(world, "codex", "opencode", "cursor-agent");
  const actions = async (line: string) =>
    (await ask(world, line, options)).result.agents.map(({ action }: any) => action);
  expect(await actions("inject")).toEqual(["updated", "updated", "updated"]);
  const written = textOf(world, "AGENTS.md");
  expect(written).toStartWith("# Ours\r\n<!-- taskmux:begin");
  expect(written).toEndWith("<!-- taskmux:end -->\r\nmore");
  expect(written).toContain("`taskmux status`");
  expect(await actions("inject")).toEqual(["unchanged", "unchanged", "unchanged"]);
  expect(await actions("init")).toEqual(["unchanged", "unchanged", "unchanged"]);
  expect(textOf(world, "AGENTS.md")).toBe(written);
  expect([textOf(world, "taskmux.toml"), textOf(world, "GEMINI.md")]).toEqual([
    config,
    "gemini's\n",
  ]);
  expect(existsSync(join(world.project, "CLAUDE.md"))).toBe(false);
});

test("inject without an agent says so; without a config it is E100", async () => {
  await using world = createWorld();
  const options = withAgents(world);
  expect(await ask(world, "inject", options)).toMatchObject({ result: { error_code: "E100" } });
  world.writeConfig('name = "demo"\n');
  const { exitCode, result } = await ask(world, "inject", options);
  expect({ exitCode, agents: result.agents }).toEqual({ exitCode: 0, agents: [] });
  expect(result.warnings).toContainEqual(expect.stringContaining("No coding agent"));
});

test("a context file that must not be written fails the command, and doesn't hold up the others", async () => {
  await using world = createWorld();
  writeFileSync(join(world.home, ".profile"), "mine\n");
  symlinkSync(join(world.home, ".profile"), join(world.project, "CLAUDE.md"));
  const { exitCode, result } = await ask(world, "init", withAgents(world, "claude", "gemini"));
  expect({ exitCode, ...result }).toMatchObject({
    exitCode: 1,
    ok: false,
    error_code: "E106",
    action: "created",
    agents: [{ agent: "gemini", action: "created" }],
  });
  expect(readFileSync(join(world.home, ".profile"), "utf8")).toBe("mine\n");
});

test("on a terminal init asks for the name and the tasks; what is typed and left out counts", async () => {
  await using world = createWorld();
  world.write("package.json", '{"scripts":{"dev":"x","worker":"y"}}');
  const terminal = world.spawnOnTerminal(["init"], withAgents(world));
  await eventually(() => terminal.seen().includes("Session name (project): "));
  terminal.type("no good!\r");
  await eventually(() => terminal.seen().includes("Session name (no-good): "));
  terminal.type("shop\r");
  await eventually(() => terminal.seen().includes("worker: npm run worker"));
  terminal.type(" ");
  await eventually(() => terminal.seen().includes("◻"));
  terminal.type("\r");
  expect(await terminal.ended()).toBe(0);
  const written = Bun.TOML.parse(textOf(world, "taskmux.toml"));
  expect(written).toEqual({ name: "shop", tasks: { worker: { command: "npm run worker" } } });
});

test.each(["Session name (project): ", "dev: npm run dev"])(
  "C-c at '%s' writes nothing and exits 130",
  async (question) => {
    await using world = createWorld();
    world.write("package.json", '{"scripts":{"dev":"x"}}');
    const terminal = world.spawnOnTerminal(["init"], withAgents(world, "claude"));
    await eventually(() => terminal.seen().includes("Session name"));
    if (question.startsWith("dev")) terminal.type("\r");
    await eventually(() => terminal.seen().includes(question));
    terminal.type("\u0003");
    expect(await terminal.ended()).toBe(130);
    expect(readdirSync(world.project)).toEqual(["package.json"]);
  },
);

test("init --defaults on a terminal asks nothing", async () => {
  await using world = createWorld();
  const terminal = world.spawnOnTerminal(["init", "--defaults"], withAgents(world));
  expect(await terminal.ended()).toBe(0);
  expect(existsSync(join(world.project, "taskmux.toml"))).toBe(true);
});
