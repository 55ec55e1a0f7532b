import { expect, test } from "bun:test";
import { cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtBinary, root } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { createWorld, type World } from "../helpers/world.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");

/** Each console block: commands after `$ `, each with what it prints. */
const transcripts = Array.from(readme.matchAll(/```console\n(.*?)```/gs), ([, text = ""]) =>
  text
    .split(/^\$ /m)
    .filter((step) => step !== "")
    .map((step) => {
      const [command = "", ...output] = step.split("\n");
      return { command, output: output.join("\n") };
    }),
);

/** Times and numbers differ from run to run. */
const shapeOf = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+/g, "TIME")
    .replace(/\d+/g, "N")
    .trim();

test("the first screen of the README shows what its commands print", async () => {
  await using world = createWorld();
  cpSync(join(root, "examples/shop/bin"), join(world.project, "bin"), { recursive: true });
  const [config, ...steps] = transcripts[0] ?? [];
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
  const steps = transcripts[1] ?? [];
  const last = steps.at(-1)?.command.split(" ") ?? [];
  await showsTheSame(world, steps.slice(0, -1), cwd);
  expect(last.slice(0, 2)).toEqual(["taskmux", "attach"]);
  const terminal = world.spawnOnTerminal(last.slice(1), { cwd });
  const looksAt = () => world.tmux("list-clients", "-F", "#{session_name} #{window_name}");
  await eventually(async () => (await looksAt()) === "blog dev");
  await world.tmux("detach-client", "-s", "=blog");
  expect(await terminal.ended()).toBe(0);
});

async function showsTheSame(
  world: World,
  steps: { command: string; output: string }[],
  cwd = world.project,
): Promise<void> {
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

test("every command of the table stands in the README", async () => {
  await using world = createWorld();
  const { stdout } = await world.run(["--help"]);
  const usage = /taskmux \[OPTIONS\] (\S+)/.exec(Bun.stripANSI(stdout))?.[1] ?? "";
  const commands = usage.split("|");
  expect(commands.length).toBeGreaterThan(10);
  const untold = commands.filter((command) => !new RegExp(`\`${command}[ \`]`).test(readme));
  expect(untold).toEqual([]);
});
