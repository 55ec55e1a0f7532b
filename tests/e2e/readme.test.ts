import { expect, test } from "bun:test";
import { cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtBinary, root } from "../helpers/binary.ts";
import { createWorld } from "../helpers/world.ts";

const readme = readFileSync(join(root, "README.md"), "utf8");

/** The first console block: commands after `$ `, each with what it prints. */
const transcript = (/```console\n(.*?)```/s.exec(readme)?.[1] ?? "")
  .split(/^\$ /m)
  .filter((step) => step !== "")
  .map((step) => {
    const [command = "", ...output] = step.split("\n");
    return { command, output: output.join("\n") };
  });

/** Times and numbers differ from run to run. */
const shapeOf = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+/g, "TIME")
    .replace(/\d+/g, "N")
    .trim();

test("the first screen of the README shows what its commands print", async () => {
  await using world = createWorld();
  cpSync(join(root, "examples/shop/bin"), join(world.project, "bin"), { recursive: true });
  const [config, ...steps] = transcript;
  expect(config?.command).toBe("cat taskmux.toml");
  world.writeConfig(config?.output ?? "");
  expect(steps.map(({ command }) => command.split(" ")[1])).toEqual([
    "start",
    "status",
    "logs",
    "stop",
  ]);
  const PATH = `${dirname(builtBinary())}:${world.env["PATH"]}`;
  for (const { command, output } of steps) {
    const { stdout, exitCode } = await world.runProgram(["sh", "-c", command], { env: { PATH } });
    expect({ command, exitCode, said: shapeOf(stdout) }).toEqual({
      command,
      exitCode: 0,
      said: shapeOf(output),
    });
  }
});

test("every command of the table stands in the README", async () => {
  await using world = createWorld();
  const { stdout } = await world.run(["--help"]);
  const usage = /taskmux \[OPTIONS\] (\S+)/.exec(Bun.stripANSI(stdout))?.[1] ?? "";
  const commands = usage.split("|");
  expect(commands.length).toBeGreaterThan(10);
  const untold = commands.filter((command) => !new RegExp(`\`${command}[ \`]`).test(readme));
  expect(untold).toEqual([]);
});
