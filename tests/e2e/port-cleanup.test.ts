import { expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { join } from "node:path";
import { listeners } from "../../src/adapters/ports/listeners.ts";
import { eventually } from "../helpers/eventually.ts";
import { listening } from "../helpers/listening.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

const config = (port: number): string => `
name = "shop"
[tasks.web]
port = ${port}
command = "exec '${process.execPath}' -e 'Bun.listen({hostname: \\"127.0.0.1\\", port: ${port}, socket: {data() {}}})'"
health_tcp = "${port}"
`;

test("an orphan on a task's port is ended, and the task is launched; stop leaves the port free", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  world.writeConfig(config(port));
  const orphan = await ports.listen(port, { isOrphan: true, cwd: world.project });
  const { result } = await ask(world, "start web --wait");
  expect(result.warnings).toHaveLength(1);
  expect(result.warnings[0]).toStartWith(`Port ${port} was held by pid ${orphan} (`);
  await eventually(() => !isAlive(orphan));
  const { result: told } = await ask(world, "events");
  expect(told.events[0]).toMatchObject({ event: "port_freed", task: "web", port, pid: orphan });
});

test("a port with an owner is E220, and the task is not launched; --force-port ends the owner", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  world.writeConfig(config(port));
  const owner = await ports.listen(port, { cwd: world.project });
  const refused = await ask(world, "start");
  expect(refused.exitCode).toBe(1);
  expect(refused.result).toMatchObject({ ok: false, error_code: "E220", tasks: [] });
  expect(isAlive(owner)).toBe(true);
  const forced = await ask(world, "start --force-port --wait");
  expect(forced.result).toMatchObject({ ok: true, tasks: ["web"] });
  await eventually(() => !isAlive(owner));
});

const inBackground = (toml: string): string =>
  toml.replace("exec ", "(setsid env -i ").replace(`}})'"`, `}})' &); exec sleep 1000"`);

/** How a task of another session listens. */
const listens: [how: string, change: (toml: string) => string][] = [
  ["", (toml) => toml],
  [", though it has no environment", (toml) => toml.replace("exec ", "exec env -i ")],
];
// Only Linux has keepers, which take in what has lost its parent.
if (process.platform === "linux")
  listens.push([", though it has gone to the background without one", inBackground]);

test.each(listens)(
  "a task of another session is not ended by force%s, as long as it is wanted up",
  async (_what, change) => {
    await using world = createWorld();
    await using ports = listening();
    const port = ports.freePort();
    world.write("bank/taskmux.toml", change(config(port).replace("shop", "bank")));
    world.write("shop/taskmux.toml", config(port));
    const inShop = (command: string) => ask(world, command, { cwd: join(world.project, "shop") });
    const inBank = (command: string) => ask(world, command, { cwd: join(world.project, "bank") });
    await inBank("start --wait");
    const refused = await inShop("start web --force-port");
    expect(refused.result).toMatchObject({ ok: false, error_code: "E220" });
    expect(refused.result.error).toEndWith("which belongs to task 'web' of session 'bank'");
    expect(refused.result.hint).toStartWith(
      `Stop it there: taskmux -c ${join(world.project, "bank/taskmux.toml")} stop web; `,
    );
    expect((await inBank("status")).result.tasks[0]).toMatchObject({ healthy: true });
  },
);

test("another task of the session is an owner, and named", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  world.writeConfig(`${config(port)}\n[tasks.twin]\nport = ${port}\ncommand = "sleep 1000"\n`);
  await ask(world, "start web --wait");
  const { result } = await ask(world, "start twin");
  expect(result.error_code).toBe("E220");
  expect(result.error).toEndWith("which belongs to task 'web' of session 'shop'");
  expect((await ask(world, "status")).result.tasks[0]).toMatchObject({
    name: "web",
    healthy: true,
  });
});

test("what a launch left behind on the port is ended before the next", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  world.writeConfig(config(port).replace("exec", "").replace(`}})'"`, `}})' & wait"`));
  const pid = () => ask(world, "status").then(({ result }) => result.tasks[0].pid);
  await ask(world, "start web --wait");
  process.kill(await pid(), "SIGKILL");
  await eventually(async () => (await pid()) === null);
  const { result } = await ask(world, "start web --wait");
  expect(result).toMatchObject({ ok: true, action: "started" });
  expect(result.warnings[0]).toStartWith(`Port ${port} was held by pid `);
});

function isShown(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) !== "";
  } catch {
    return false;
  }
}

test.skipIf(process.platform !== "linux" || process.geteuid?.() !== 0)(
  "another user's process is not ended by force either",
  async () => {
    await using world = createWorld();
    await using ports = listening();
    const port = ports.freePort();
    world.writeConfig(config(port));
    const script = `Bun.listen({hostname: "127.0.0.1", port: ${port}, socket: {data() {}}})`;
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const server = world.spawnProgram([...nobody, process.execPath, "-e", script], { cwd: "/" });
    await eventually(async () => (await listeners(port, null)).length > 0);
    const { result } = await ask(world, "start web --force-port");
    expect(result).toMatchObject({ error_code: "E220", hint: "Give task 'web' another port" });
    // Root of a container may not see which process it is.
    const holder = isShown(server.pid) ? `pid ${server.pid} \\(.*\\) in /` : "a process";
    expect(result.error).toMatch(
      new RegExp(`^Port ${port} of task 'web' is held by ${holder}, which belongs to user nobody$`),
    );
    expect(isAlive(server.pid)).toBe(true);
  },
);

test("the commands that a hint proposes have the -c and the --session that were given", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  world.write("shop/taskmux.toml", config(port));
  await ports.listen(port, { cwd: join(world.project, "shop") });
  const flags = "-c shop/taskmux.toml --session other";
  for (const command of ["start", "why"]) {
    const told = await world.run([command, "web", "--json", ...flags.split(" ")]);
    expect(told.json().hint).toEndWith(`: taskmux ${flags} start web --force-port`);
  }
  const { stderr } = await world.run(["attach", ...flags.split(" ")]);
  expect(stderr).toContain(`Start it: taskmux ${flags} start\n`);
  const alone = await ask(world, "start web", { cwd: join(world.project, "shop") });
  expect(alone.result.hint).toEndWith(": taskmux start web --force-port");
});
