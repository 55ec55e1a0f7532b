import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { eventually } from "../helpers/eventually.ts";
import { signal } from "../helpers/processes.ts";
import { createWorld, type World } from "../helpers/world.ts";

const isLinux = process.platform === "linux";

async function statusOf(world: World) {
  const { stdout } = await world.run(["status", "--json"]);
  const { tasks } = JSON.parse(stdout) as { tasks: { pid: number; state: string }[] };
  return tasks[0]!;
}

const stopped = async (world: World) =>
  JSON.parse((await world.run(["stop", "web", "--json"])).stdout) as Record<string, unknown>;

/** A process's group, and the foreground one of its terminal. */
function groupsOf(pid: number): [own: string, foreground: string] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [fields[2]!, fields[5]!];
}

test.skipIf(!isLinux)(
  "C-c reaches a task in a terminal whose foreground group was killed",
  async () => {
    await using world = createWorld();
    const config = (command: string) =>
      world.writeConfig(`name = "demo"\n[tasks.web]\ncommand = ${JSON.stringify(command)}\n`);
    // An interactive bash makes itself the foreground group, and gives nothing back when it is killed.
    config("exec bash --norc -ic 'sleep 1000; :'");
    await world.run(["start"]);
    const { pid } = await statusOf(world);
    const [before] = groupsOf(pid);
    await eventually(() => groupsOf(pid)[1] !== before || groupsOf(pid)[0] !== before);
    signal(pid, "SIGKILL");
    await eventually(async () => (await statusOf(world)).state === "failed");
    config("exec sleep 1000");
    await world.run(["start"]);
    const second = (await statusOf(world)).pid;
    const [own, foreground] = groupsOf(second);
    expect(foreground).toBe(own);
    await world.tmux("send-keys", "-t", "=demo:web", "C-c");
    await eventually(async () => (await statusOf(world)).state === "failed");
    await world.run(["start"]);
    expect(await stopped(world)).toMatchObject({ action: "stopped", signal: "SIGINT" });
  },
);

test.skipIf(!isLinux)(
  "background jobs of a script, which ignore C-c, get SIGTERM as soon as the script is gone",
  async () => {
    await using world = createWorld();
    // No stop takes so long: the grace period isn't what ends them.
    const command = "sleep 1000 & sleep 1000 & wait";
    world.writeConfig(
      `name = "demo"\n[tasks.web]\ncommand = "${command}"\nstop_grace_period = 3600\n`,
    );
    await world.run(["start"]);
    expect(await stopped(world)).toMatchObject({ action: "stopped", signal: "SIGTERM" });
  },
);

test("a cleanup that ignores further C-c has its grace period", async () => {
  await using world = createWorld();
  world.write(
    "web.sh",
    `trap 'trap "" INT; sleep 0.5; sleep 0.5; echo done >cleaned; exit' INT\necho >ready\nwhile :; do sleep 0.1; done\n`,
  );
  world.writeConfig('name = "demo"\n[tasks.web]\ncommand = "exec sh web.sh"\n');
  await world.run(["start"]);
  const read = (name: string) => {
    try {
      return readFileSync(`${world.project}/${name}`, "utf8");
    } catch {
      return null;
    }
  };
  await eventually(() => read("ready") !== null);
  expect(await stopped(world)).toMatchObject({ signal: "SIGINT" });
  expect(read("cleaned")).toBe("done\n");
});

test.skipIf(!isLinux)(
  "the value of a variable that no shell can set is in no arguments",
  async () => {
    await using world = createWorld();
    const toml = [
      'name = "demo"',
      "[tasks.web]",
      `command = "env -0 >seen; exec sleep 1000"`,
      'env = { "a.b" = "secret one", "A-B" = "secret two" }',
    ];
    world.writeConfig(toml.join("\n"));
    await world.run(["start"]);
    const seen = await eventually(() => {
      const text = readFileSync(`${world.project}/seen`, "utf8");
      return text.includes("TASKMUX_RUN=") ? text.split("\0") : null;
    });
    expect(seen).toContain("a.b=secret one");
    expect(seen).toContain("A-B=secret two");
    // The launcher passes it on as it is there: as an entry of the environment.
    const launch = readFileSync(`${world.home}/.taskmux/run/demo/tasks/web/launch`, "utf8");
    expect(launch.split("\0")).toContain("a.b=secret one");
  },
);
