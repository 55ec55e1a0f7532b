import { expect, test } from "bun:test";
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
  const orphan = await ports.listen(port, { isOrphan: true });
  const { result } = await ask(world, "start web --wait");
  expect(result.warnings).toHaveLength(1);
  expect(result.warnings[0]).toStartWith(`Port ${port} was held by pid ${orphan} (`);
  expect(isAlive(orphan)).toBe(false);
  const { result: told } = await ask(world, "events");
  expect(told.events[0]).toMatchObject({ event: "port_freed", task: "web", port, pid: orphan });
});

test("a port with an owner is E220, and the task is not launched; --force-port ends the owner", async () => {
  await using world = createWorld();
  await using ports = listening();
  const port = ports.freePort();
  world.writeConfig(config(port));
  const owner = await ports.listen(port);
  const refused = await ask(world, "start");
  expect(refused.exitCode).toBe(1);
  expect(refused.result).toMatchObject({ ok: false, error_code: "E220", tasks: [] });
  expect(isAlive(owner)).toBe(true);
  const forced = await ask(world, "start --force-port --wait");
  expect(forced.result).toMatchObject({ ok: true, tasks: ["web"] });
  await eventually(() => !isAlive(owner));
});

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
