import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** A title, the clipboard, a question that the terminal answers, C1, a bell, DEL, and reversed colours. */
const HOSTILE =
  "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x1b\\\x1b[6n\x9d0;owned\x9c\x07\x7f\x1b[7mreversed";
const IN_TOML = JSON.stringify(HOSTILE)
  .replaceAll("\x7f", "\\u007f")
  .replaceAll("\x9d", "\\u009d")
  .replaceAll("\x9c", "\\u009c");
/** As a shell's printf takes it; C1 in UTF-8. */
const IN_PRINTF = String.raw`\033]0;owned\007\033]52;c;b3duZWQ=\033\\\033[6n\302\2350;owned\302\234\007\177\033[7mreversed`;

const CONFIG = `
name = "hostile"
[tasks.web]
command = '''printf '${IN_PRINTF}\\nerror: ${IN_PRINTF}\\n'; exec sleep 1000'''
health_check = '''printf '${IN_PRINTF}\\n'; false'''
start_timeout = 1
[tasks.hooked]
command = "exec sleep 1000"
hooks.before_start = '''printf '${IN_PRINTF}\\n'; exit 7'''
[tasks.named]
command = ${IN_TOML}
port = 3000
auto_start = false
[tasks.lost]
command = "true"
cwd = ${IN_TOML}
auto_start = false
[tasks.ready]
command = "exec sleep 1000"
ready_log = ${IN_TOML.replaceAll("[", "\\\\[").replaceAll("]", "\\\\]")}
start_timeout = 1
[tasks.logged]
command = "exec sleep 1000"
log_file = ${IN_TOML}
env_file = ${IN_TOML}
`;

const BROKEN = `
name = "hostile"
${JSON.stringify(`k${HOSTILE}`).replaceAll("\x7f", "").replaceAll("\x9d", "").replaceAll("\x9c", "")} = 1
[tasks.web]
command = "true"
restart_policy = ${IN_TOML}
port = ${IN_TOML}
depends_on = [${IN_TOML}]
`;

/** All that a terminal obeys in an output, less what taskmux itself draws: colours, and the live line. */
function obeyed(output: string): string[] {
  const drawn =
    /\r\n|\r?\x1b\[K|\x1b\[\d+A\r?|\r?\x1b\[J|\x1b\[(?:0|1|2|22|3[0-9]|39|9[0-9])?m|\r(?=[^\n])/g;
  return output.replace(drawn, "").match(/[\x00-\x08\x0b-\x1f\x7f-\x9f][^\n]{0,12}/g) ?? [];
}

async function onTerminal(world: World, args: string[], config?: string): Promise<string> {
  const program = world.spawnOnTerminal(args, config ? { env: { TASKMUX_CONFIG: config } } : {});
  await program.ended();
  return program.seen();
}

/** Each way in which a command says something of the project. */
const COMMANDS = [
  ["check"],
  ["start"],
  ["start", "hooked", "named", "lost"],
  ["status"],
  ["health"],
  ["inspect", "web"],
  ["inspect", "logged"],
  ["why", "web"],
  ["why", "hooked"],
  ["why", "logged"],
  ["events"],
  ["events", "--all"],
  ["wait", "web", "--timeout", "1s"],
  ["attach", "lost"],
  ["restart", "web"],
  ["add", `x${HOSTILE}`, HOSTILE],
  ["add", "x", HOSTILE],
  ["remove", HOSTILE],
  ["stop", "web"],
  ["kill", "web"],
  ["logs-clean", "web"],
  ["inject"],
  ["init"],
  ["daemon", "status"],
  [HOSTILE],
  ["start", HOSTILE],
  ["status", `--${HOSTILE}`],
  ["status", "--session", HOSTILE],
  ["status", "-c", HOSTILE],
  ["events", "--since", HOSTILE],
  ["logs", "--since", HOSTILE],
  ["logs", "-g", "(", "-E"],
  ["logs", "-g", "reversed"],
  ["help", HOSTILE],
  ["schema", HOSTILE],
  ["completions", HOSTILE],
];

/** A world whose project directory has a hostile name, with started tasks, a log that was written to, and an event of another. */
async function hostileWorld(): Promise<World> {
  const world = createWorld();
  const directory = join(world.project, `p${HOSTILE.replaceAll("/", "")}`);
  mkdirSync(directory);
  const place = directory.slice(world.project.length + 1);
  world.write(`${place}/taskmux.toml`, CONFIG);
  world.write(`${place}/broken.toml`, BROKEN);
  await world.run(["start"], { cwd: directory });
  await eventually(async () => {
    const { stdout } = await world.run(["logs", "web"], { cwd: directory });
    return stdout.includes("reversed");
  });
  appendFileSync(
    join(world.home, ".taskmux/logs/hostile/web.log"),
    `2024-01-01T14:00:00.123 ${HOSTILE}\n`,
  );
  const event = {
    ts: "2024-01-01T14:00:00.123Z",
    event: HOSTILE,
    session: "hostile",
    [HOSTILE]: HOSTILE,
  };
  appendFileSync(
    join(world.home, ".taskmux/events.jsonl"),
    `${JSON.stringify(event)}\n${JSON.stringify({ ...event, session: HOSTILE, task: HOSTILE })}\n`,
  );
  return Object.assign(world, { project: directory });
}

async function printedBy(world: World, commands: string[][]): Promise<[string, string][]> {
  const printed: [string, string][] = [];
  const inProject = { cwd: world.project };
  for (const args of commands) {
    const name = JSON.stringify(args);
    const program = world.spawnOnTerminal(args, inProject);
    await program.ended();
    printed.push([`${name} on a terminal`, program.seen()]);
    for (const more of [[], ["--json"]]) {
      const { stdout, stderr } = await world.run([...args, ...more], inProject);
      printed.push([`${name} ${more.join("")}`, stdout + stderr]);
    }
  }
  return printed;
}

test("no command prints anything that a terminal obeys, whatever tasks, checks, configs and names hold", async () => {
  await using world = await hostileWorld();
  for (const [what, output] of await printedBy(world, COMMANDS)) {
    expect([what, obeyed(output)]).toEqual([what, []]);
  }
});

test("nor where the config is broken", async () => {
  await using world = await hostileWorld();
  const broken = join(world.project, "broken.toml");
  for (const args of [["check"], ["start"], ["status"], ["logs"], ["why", "web"], ["watch"]]) {
    const seen = await onTerminal(world, ["-c", broken, ...args]);
    expect([args, obeyed(seen)]).toEqual([args, []]);
    const { stdout, stderr } = await world.run(["-c", broken, ...args, "--json"]);
    expect([args, obeyed(stdout + stderr)]).toEqual([args, []]);
  }
});

test("logs show colours on a terminal, and nothing else that it obeys", async () => {
  await using world = await hostileWorld();
  const commands = [["logs"], ["logs", "web"], ["logs", "web", "--raw"]];
  for (const [what, output] of await printedBy(world, commands)) {
    const isColoured = what.endsWith("on a terminal");
    expect([what, output.includes("\x1b[7m")]).toEqual([what, isColoured]);
    expect([what, obeyed(output.replaceAll("\x1b[7m", ""))]).toEqual([what, []]);
  }
});
