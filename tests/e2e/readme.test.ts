import { expect, test } from "bun:test";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AGENT_MARKERS } from "../../src/domain/values/agents.ts";
import { builtBinary, root } from "../helpers/binary.ts";
import { freeRange } from "../helpers/listening.ts";
import { makeRepository } from "../helpers/git.ts";
import { eventually } from "../helpers/eventually.ts";
import { createWorld, type World } from "../helpers/world.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** What is written by hand, as paths from the root. */
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...[...new Bun.Glob("docs/*.md").scanSync({ cwd: root })].toSorted(),
].filter((path) => path !== "docs/reference.md");

/** The fenced blocks of a language. */
const blocksOf = (path: string, language: string): string[] =>
  Array.from(
    read(path).matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms")),
    ([, text = ""]) => text,
  );

interface Step {
  command: string;
  output: string;
}

/** Each console block: commands after `$ `, each with what it prints. */
const transcriptsOf = (path: string): Step[][] =>
  blocksOf(path, "console").map((text) =>
    text
      .split(/^\$ /m)
      .filter((step) => step !== "")
      .map((step) => {
        const [command = "", ...output] = step.split("\n");
        return { command, output: output.join("\n") };
      }),
  );

/** Times, numbers and users differ from run to run, and with them the widths of columns. */
const shapeOf = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+/g, "TIME")
    .replace(/\b(?:\d+(?:\.\d+)?(?:ms|[dhms]))+\b/g, "DURATION")
    .replace(/ by \S+ DURATION ago/g, " by WHO DURATION ago")
    .replace(/\d+/g, "N")
    .replace(/ {2,}/g, "  ")
    // Columns are as wide as what stands in them.
    .replace(/ {2,}/g, "  ")
    .trim();

async function showsTheSame(world: World, steps: Step[], cwd = world.project): Promise<void> {
  const PATH = `${dirname(builtBinary())}:${world.env["PATH"]}`;
  for (const { command, output } of steps) {
    const ran = await world.runProgram(["sh", "-c", command], { env: { PATH }, cwd });
    expect({ command, exitCode: ran.exitCode, said: shapeOf(ran.stdout) }).toEqual({
      command,
      exitCode: 0,
      said: shapeOf(output),
    });
  }
}

test("the tests below run each transcript that the documents show", () => {
  const counts = documents.map((path) => [path, transcriptsOf(path).length]);
  expect(counts.filter(([, count]) => count !== 0)).toEqual([
    ["README.md", 2],
    ["docs/agents.md", 1],
    ["docs/guide.md", 1],
    ["docs/troubleshooting.md", 1],
  ]);
});

test("the first screen of the README shows what its commands print", async () => {
  await using world = createWorld();
  cpSync(join(root, "examples/shop/bin"), join(world.project, "bin"), { recursive: true });
  const [config, ...steps] = transcriptsOf("README.md")[0] ?? [];
  expect(config?.command).toBe("cat taskmux.toml");
  world.writeConfig(config?.output ?? "");
  expect(steps.map(({ command }) => command.split(" ")[1])).toEqual([
    "start",
    "status",
    "logs",
    "stop",
  ]);
  await showsTheSame(world, steps);
});

test("the first steps show what they print in a Node project", async () => {
  await using world = createWorld();
  const scripts = { dev: "sleep 1000", build: "true", "worker:watch": "sleep 1000" };
  world.write("blog/package.json", JSON.stringify({ name: "blog", scripts }));
  const cwd = join(world.project, "blog");
  const steps = transcriptsOf("README.md")[1] ?? [];
  const last = steps.at(-1)?.command.split(" ") ?? [];
  await showsTheSame(world, steps.slice(0, -1), cwd);
  expect(last.slice(0, 2)).toEqual(["taskmux", "attach"]);
  const terminal = world.spawnOnTerminal(last.slice(1), { cwd });
  const looksAt = () => world.tmux("list-clients", "-F", "#{session_name} #{window_name}");
  await eventually(async () => (await looksAt()) === "blog dev");
  await world.tmux("detach-client", "-s", "=blog");
  expect(await terminal.ended()).toBe(0);
});

test("the guide shows what `wait` prints in the shop", async () => {
  await using world = createWorld();
  cpSync(join(root, "examples/shop"), world.project, { recursive: true });
  expect((await world.run(["start", "--wait"])).exitCode).toBe(0);
  await showsTheSame(world, transcriptsOf("docs/guide.md")[0] ?? []);
});

/** The commands in the tables of a page that end by themselves and need no other program; a `|` is escaped there. */
const commandsInTables = (path: string): string[] =>
  [...read(path).matchAll(/^\|.*?`((?:\w+=\w+ )?taskmux .*?)`(?= \|)/gm)]
    .map(([, command = ""]) => command.replaceAll("\\|", "|"))
    .filter((command) => !/ -f| np[mx] /.test(command));

test("what the pages for agents and of logs show in tables can be done in the shop", async () => {
  await using world = createWorld();
  cpSync(join(root, "examples/shop"), world.project, { recursive: true });
  const commands = ["docs/agents.md", "docs/logs.md"].flatMap(commandsInTables);
  expect(commands.length).toBeGreaterThan(15);
  const PATH = `${dirname(builtBinary())}:${world.env["PATH"]}`;
  for (const command of commands) {
    const ran = await world.runProgram(["sh", "-c", command], { env: { PATH } });
    const said = command.includes("--json") ? ran.stdout.split("\n").length : 2;
    expect({ command, ...ran, lines: said }).toMatchObject({ command, exitCode: 0, lines: 2 });
  }
});

test("the troubleshooting page shows what `why` prints of a task that failed", async () => {
  await using world = createWorld();
  const trace = ["RangeError: bad rate", "    at discount (api/discount.js:2:9)"];
  for (const file of ["discount.js", "server.js"]) world.write(`api/${file}`, "");
  world.write("trace", `${trace.join("\n")}\n    at api/server.js:5:30\n`);
  world.writeConfig('name = "shop"\n[tasks.web]\ncommand = "cat trace; sleep 0.3; exit 1"\n');
  await world.run(["start"]);
  const log = async () => (await world.run(["logs", "web"])).stdout;
  await eventually(async () => (await log()).includes("exited with status 1"));
  await showsTheSame(world, transcriptsOf("docs/troubleshooting.md")[0] ?? []);
});

/** Servers that say whose they are. */
const SERVERS = {
  "api.ts": "`the api of ${process.env.TASKMUX_WORKTREE || 'the main checkout'}\\n`",
  "web.ts": "await (await fetch(process.env.API)).text()",
};

test.skipIf(["git", "curl"].some((tool) => Bun.which(tool) === null))(
  "the page for agents shows what two worktrees print",
  async () => {
    await using world = createWorld();
    for (const [name, text] of Object.entries(SERVERS)) {
      const fetches = `async fetch() { return new Response(${text}); }`;
      world.write(name, `Bun.serve({ port: process.env.PORT, ${fetches} });\n`);
    }
    const [config, ...steps] = transcriptsOf("docs/agents.md")[0] ?? [];
    expect(config?.command).toBe("cat taskmux.toml");
    // Ports that no other test uses.
    const text = (config?.output ?? "").replace(/"\d+\+"/g, () => `"${freeRange()}+"`);
    await makeRepository(world, text);
    world.env["PATH"] = `${dirname(process.execPath)}:${world.env["PATH"]}`;
    await showsTheSame(world, steps);
  },
);

const configs = documents.flatMap((path) =>
  blocksOf(path, "toml").map((toml, index) => ({ name: `${path}, ${index + 1}`, toml })),
);

test("the README has a full-stack project, and the configuration page examples", () => {
  expect(configs.map(({ name }) => name)).toEqual([
    "README.md, 1",
    "README.md, 2",
    "docs/agents.md, 1",
    "docs/configuration.md, 1",
    "docs/configuration.md, 2",
    "docs/configuration.md, 3",
    "docs/configuration.md, 4",
    "docs/guide.md, 1",
  ]);
});

test.each(configs)("$name is a valid config", async ({ toml }) => {
  await using world = createWorld();
  for (const app of ["api", "web"]) world.write(`apps/${app}/.keep`, "");
  world.writeConfig(toml);
  const checked = await world.run(["check", "--json"]);
  expect({ exitCode: checked.exitCode, result: checked.json() }).toMatchObject({
    exitCode: 0,
    result: { ok: true, errors: [], warnings: [] },
  });
});

test("the page for agents lists every marker of an agent that is left out", () => {
  const listed = read("docs/agents.md").match(/^`CLAUDECODE`.*$/m)?.[0] ?? "";
  expect(listed).toBe(AGENT_MARKERS.map((name) => `\`${name}\``).join(", "));
});

test("the README is short, and so are the pages for those who change the code", () => {
  const linesOf = (path: string) => read(path).trimEnd().split("\n").length;
  expect(linesOf("README.md")).toBeLessThan(200);
  expect(linesOf("docs/architecture.md")).toBeLessThanOrEqual(120);
  expect(linesOf("CONTRIBUTING.md")).toBeLessThan(60);
});

/** Each command with its flags, `--config` and `-c`, those of every command among them. */
const known = (() => {
  const [everywhere = "", ...sections] = read("docs/reference.md")
    .split("\n## Errors\n")[0]!
    .split(/^### /m);
  const flagsOf = (text: string): string[] =>
    [...text.matchAll(/^\| `(-[^`]+)` \|/gm)]
      .flatMap(([, cell = ""]) => cell.split(", "))
      .map((flag) => flag.split(" ")[0]!);
  const always = flagsOf(everywhere);
  return new Map(
    sections.flatMap((section) => {
      const name = section.split("\n")[0]!;
      const also = /\(also (.*?)\)/.exec(section)?.[1] ?? "";
      const names = [name, ...[...also.matchAll(/`(\w+)`/g)].map(([, alias = ""]) => alias)];
      const flags = new Set([...always, ...flagsOf(section)]);
      return names.map((one) => [one, flags] as const);
    }),
  );
})();

test("every command stands in the guide, and so does every state and event", () => {
  const guide = read("docs/guide.md");
  expect(known.size).toBeGreaterThan(20);
  const isNamed = (name: string) => new RegExp(`\`${name}[ \`]`).test(guide);
  expect([...known.keys()].filter((command) => !isNamed(command))).toEqual([]);
  const reference = read("docs/reference.md");
  const states = /state: ("stopped".*?);/.exec(reference)?.[1]?.match(/\w+/g) ?? [];
  const table = reference.split("\n## Events\n")[1]?.split("\n## ")[0] ?? "";
  const events = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = ""]) => name);
  expect([states.length, events.length]).toEqual([8, 22]);
  expect([...states, ...events].filter((name) => !isNamed(name))).toEqual([]);
});

/** What is shown of the command line: in code spans and in blocks, up to a comment or another program. */
const invocationsOf = (path: string): string[] => {
  const text = read(path);
  const code = [...text.matchAll(/^```\w*\n(.*?)^```|`([^`\n]+)`/gms)].map(
    ([, block, span]) => block ?? span ?? "",
  );
  return code.flatMap((each) =>
    [...each.matchAll(/(?:^|[\s(])taskmux ([^\n#|;)]*)/g)].map(([, line = ""]) => line.trim()),
  );
};

test.each(documents)("%s names commands and flags that there are", (path) => {
  for (const line of invocationsOf(path)) {
    const [own = ""] = line.replaceAll(/'[^']*'|"[^"]*"/g, "TEXT").split(/ -- /);
    const words = own.split(/\s+/);
    const command = words.find((word) => /^[a-z]/.test(word) && !/[./]/.test(word));
    if (command === undefined || command.includes("=")) continue;
    expect({ line, command, isKnown: known.has(command) }).toMatchObject({ isKnown: true });
    const flags = words.filter((word) => /^--?\w/.test(word)).map((word) => word.split("=")[0]!);
    const unknown = flags.filter((flag) => !known.get(command)!.has(flag));
    expect({ line, unknown }).toEqual({ line, unknown: [] });
  }
});

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

const anchorsIn = (path: string): string[] =>
  [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));

test.each(documents)("the links of %s lead somewhere", (path) => {
  const links = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  for (const link of links.filter((one) => !one.startsWith("https://"))) {
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : join(dirname(path), file);
    expect({ link, exists: existsSync(join(root, target)) }).toEqual({ link, exists: true });
    if (anchor !== undefined) expect(anchorsIn(target)).toContain(anchor);
  }
});

test.each(documents)("the files of this tree that %s names are there", (path) => {
  const named = [
    ...read(path).matchAll(/`((?:src|tests|scripts|examples|schema|docs)\/[^`\s]*)`/g),
  ];
  const missing = named
    .map(([, file = ""]) => file)
    .filter((file) => !existsSync(join(root, file)));
  expect(missing).toEqual([]);
});
