import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { eventually } from "../helpers/eventually.ts";
import { freeRange, listening } from "../helpers/listening.ts";
import { isAlive } from "../helpers/processes.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** ms. Each test runs many commands, one after the other. */
const TIMEOUT = 600_000;

/** A server on $PORT that answers with its own environment. */
const SERVER = `
  const port = Number(process.argv[2] ?? process.env.PORT);
  Bun.serve({ port, hostname: "127.0.0.1", fetch: () => Response.json(process.env) });`;

const serve = (args = ""): string => `command = "exec '${process.execPath}' serve.ts ${args}"`;

/** Writes a project with the server; `directory` is relative to the world's project. */
function project(world: World, toml: string, directory = ""): void {
  world.write(join(directory, "serve.ts"), SERVER);
  world.write(join(directory, "taskmux.toml"), toml);
}

const shop = (first: number): string => `
name = "shop"
env_file = "common.env?"
[tasks.web]
port = "${first}+"
env = { API = "\${tasks.api.url}v1", OWN = "\${port} \${session}", LITERAL = "$\${port}" }
${serve()}
[tasks.api]
port = "${first}+"
${serve()}
`;

/** Its range is this port alone. */
const LAST_PORT = 65_535;

let loopbacks = 0;

/** An address of this machine that no other test listens on. Only Linux has more than one. */
const ownLoopback = (): string =>
  process.platform === "linux"
    ? `127.${[process.pid >> 8, process.pid & 0xff, ++loopbacks].map((part) => part % 250).join(".")}`
    : "127.0.0.1";

const item = async (world: World, name: string, cwd = world.project) =>
  (await ask(world, "status", { cwd })).result.tasks.find((task: any) => task.name === name);

const environmentAt = async (port: number): Promise<Record<string, string>> =>
  (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Record<string, string>;

test(
  "each task gets a port of its own, and references to those of others, whatever the order",
  async () => {
    await using world = createWorld();
    const first = freeRange();
    project(world, shop(first));
    world.write("common.env", "PORT=1\n");
    const before = await item(world, "web");
    expect(before).toMatchObject({ port: null, port_wanted: `${first}+`, url: null });
    const started = await ask(world, "start --wait");
    expect(started.result).toMatchObject({ ok: true, warnings: [] });
    const [web, api] = [await item(world, "web"), await item(world, "api")];
    expect(web.port).toBeWithin(first, first + 100);
    expect(api.port).toBeWithin(first, first + 100);
    expect(api.port).not.toBe(web.port);
    expect(web.url).toBe(`http://localhost:${web.port}/`);
    expect(web.last_health).toMatchObject({ ok: true, method: "tcp" });
    expect(await environmentAt(web.port)).toMatchObject({
      PORT: `${web.port}`,
      API: `http://localhost:${api.port}/v1`,
      OWN: `${web.port} shop`,
      LITERAL: "${port}",
      TASKMUX_PORT_WEB: `${web.port}`,
      TASKMUX_PORT_API: `${api.port}`,
      TASKMUX_URL_API: `http://localhost:${api.port}/`,
    });
  },
  TIMEOUT,
);

test(
  "a port is the same after a stop, a restart, and the end of the tmux server",
  async () => {
    await using world = createWorld();
    const toml = shop(freeRange()).replace(/port = "\d+\+"/, 'port = "auto"');
    project(world, toml.replace("shop", `shop-${process.pid}`));
    await ask(world, "start --wait");
    const chosen = await item(world, "web");
    expect(chosen.port).toBeWithin(20_000, 30_100);
    const isSame = async (command: string) => {
      expect((await ask(world, command)).result).toMatchObject({ ok: true, warnings: [] });
      expect(await item(world, "web")).toMatchObject({ port: chosen.port, healthy: true });
    };
    await isSame("restart web --wait");
    await ask(world, "stop");
    await isSame("start --wait");
    await world.tmux("kill-server");
    await eventually(() =>
      fetch(chosen.url).then(
        () => false,
        () => true,
      ),
    );
    await isSame("start --wait");
  },
  TIMEOUT,
);

test(
  "an orphan of the task itself is ended, and its port kept",
  async () => {
    await using world = createWorld();
    const toml = shop(freeRange()).replace("exec ", "").replace("serve.ts ", "serve.ts & wait");
    project(world, toml);
    await ask(world, "start web --wait");
    const { port, pid } = await item(world, "web");
    process.kill(pid, "SIGKILL");
    await eventually(async () => (await item(world, "web")).pid === null);
    const { result } = await ask(world, "start web --wait");
    expect(result).toMatchObject({ ok: true, action: "started" });
    expect(result.warnings[0]).toStartWith(`Port ${port} was held by pid `);
    expect(await item(world, "web")).toMatchObject({ port, healthy: true });
  },
  TIMEOUT,
);

test(
  "a stranger on the port is left alone: the next one is chosen, and it is said",
  async () => {
    await using world = createWorld();
    await using ports = listening();
    project(world, shop(freeRange()));
    await ask(world, "start --wait");
    const [web, api] = [await item(world, "web"), await item(world, "api")];
    await ask(world, "stop api");
    const stranger = await ports.listen(api.port);
    const { result } = await ask(world, "start api --wait");
    const moved = await item(world, "api");
    expect(moved.port).not.toBe(api.port);
    expect(result.warnings).toHaveLength(1);
    expect(result.warnings[0]).toMatch(
      new RegExp(
        `^Port of task 'api' is ${moved.port} now: ${api.port} is held by pid ${stranger} .*; to use it: taskmux restart web$`,
      ),
    );
    const events = (await ask(world, "events")).result.events;
    expect(events.find((one: any) => one.event === "port_changed")).toMatchObject({
      task: "api",
      from: api.port,
      to: moved.port,
    });
    expect(isAlive(stranger)).toBe(true);
    expect((await environmentAt(web.port))["API"]).toBe(`${api.url}v1`);
    expect(await item(world, "web")).toMatchObject({ stale: ["port"] });
    await ask(world, "restart web --wait");
    expect((await environmentAt(web.port))["API"]).toBe(`${moved.url}v1`);
  },
  TIMEOUT,
);

test(
  "a stranger that takes the port while a task waits for its dependency",
  async () => {
    await using world = createWorld();
    await using ports = listening();
    const first = freeRange();
    project(
      world,
      `${shop(first)}\n[tasks.late]\nport = "${first}+"\ndepends_on = ["gate"]\n${serve()}
[tasks.gate]\ncommand = "until test -e open; do sleep 0.05; done"\noneshot = true\n`,
    );
    const start = world.spawn(["start", "--wait", "--json"]);
    const chosen = await eventually(async () => (await item(world, "late")).port as number | null);
    const stranger = await ports.listen(chosen);
    world.write("open", "");
    const { tasks, warnings } = (await start.ended()).json();
    expect(tasks).toContain("late");
    expect(warnings.join()).toContain(`${chosen} is held by pid ${stranger} `);
    const late = await item(world, "late");
    expect(late.port).not.toBe(chosen);
    expect((await environmentAt(late.port))["PORT"]).toBe(`${late.port}`);
  },
  TIMEOUT,
);

test(
  "a fixed port is never moved",
  async () => {
    await using world = createWorld();
    await using ports = listening();
    const port = ports.freePort();
    project(world, `[tasks.web]\nport = ${port}\n${serve()}\n`);
    const stranger = await ports.listen(port);
    const { result } = await ask(world, "start web");
    expect(result).toMatchObject({ ok: false, error_code: "E220" });
    expect(isAlive(stranger)).toBe(true);
    expect(await item(world, "web")).toMatchObject({ port, port_wanted: port });
  },
  TIMEOUT,
);

test(
  "a task that another session wants up keeps its port, though it doesn't listen yet",
  async () => {
    await using world = createWorld();
    const first = freeRange();
    const waits = `[tasks.web]\nport = "${first}+"\ncommand = "sleep 1000"\n`;
    project(world, `name = "one"\n${waits}`, "one");
    project(world, `name = "two"\n${waits}`, "two");
    const [one, two] = [join(world.project, "one"), join(world.project, "two")];
    await ask(world, "start web", { cwd: one });
    await ask(world, "start web", { cwd: two });
    const held = await item(world, "web", one);
    expect((await item(world, "web", two)).port).not.toBe(held.port);
    // What is stopped keeps nothing.
    await ask(world, "stop web", { cwd: one });
    await ask(world, "stop web", { cwd: two });
    rmSync(join(world.home, ".taskmux/run/two/ports.json"));
    await ask(world, "start web", { cwd: two });
    expect((await item(world, "web", two)).port).toBe(held.port);
    const { result } = await ask(world, "start web", { cwd: one });
    expect(result.warnings[0]).toContain("is held by task 'web' of session 'two'");
  },
  TIMEOUT,
);

test(
  "a session whose config is gone keeps no port",
  async () => {
    await using world = createWorld();
    const first = freeRange();
    const waits = `[tasks.web]\nport = "${first}+"\ncommand = "sleep 1000"\n`;
    project(world, `name = "one"\n${waits}`, "one");
    project(world, `name = "two"\n${waits}`, "two");
    const [one, two] = [join(world.project, "one"), join(world.project, "two")];
    await ask(world, "start web", { cwd: one });
    const { port } = await item(world, "web", one);
    await world.tmux("kill-server");
    rmSync(one, { recursive: true });
    await ask(world, "start web", { cwd: two });
    expect((await item(world, "web", two)).port).toBe(port);
  },
  TIMEOUT,
);

test(
  "20 sessions that choose at the same time: no port twice, and none that is in use",
  async () => {
    await using world = createWorld();
    const first = freeRange();
    await using ports = listening();
    await ports.listen(first + 1);
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
    for (const name of names) {
      project(
        world,
        `name = "${name}"\n[tasks.web]\nport = "${first}+"\ncommand = "sleep 1000"\n`,
        name,
      );
    }
    const started = await Promise.all(
      names.map((name) =>
        world.run(["start", "web", "--json"], { cwd: join(world.project, name) }),
      ),
    );
    expect(started.map((one) => one.json().ok)).toEqual(names.map(() => true));
    const recorded = names.map((name) => {
      const text = readFileSync(join(world.home, ".taskmux/run", name, "ports.json"), "utf8");
      return (JSON.parse(text) as { ports: { web: number } }).ports.web;
    });
    expect(new Set(recorded).size).toBe(20);
    expect(recorded).not.toContain(first + 1);
  },
  TIMEOUT,
);

test(
  "a damaged record is as good as none",
  async () => {
    await using world = createWorld();
    project(world, shop(freeRange()));
    mkdirSync(join(world.home, ".taskmux/run/shop"), { recursive: true, mode: 0o700 });
    writeFileSync(join(world.home, ".taskmux/run/shop/ports.json"), '{"ports": {"web": 1, "api"');
    const { result } = await ask(world, "start --wait");
    expect(result).toMatchObject({ ok: true, warnings: [] });
  },
  TIMEOUT,
);

test(
  "damaged records of another session keep no start from its ports",
  async () => {
    await using world = createWorld();
    project(world, shop(freeRange()));
    const other = join(world.home, ".taskmux/run/other");
    mkdirSync(other, { recursive: true, mode: 0o700 });
    const owner = join(other, "project.json");
    for (const config of [{ tasks: [] }, "x", { tasks: "x" }, { name: "other", tasks: [null] }]) {
      const record = { config_path: join(world.project, "other.toml"), config };
      writeFileSync(owner, JSON.stringify(record));
      expect((await ask(world, "restart web")).result).toMatchObject({ ok: true });
    }
    writeFileSync(owner, JSON.stringify({ config_path: "/x.toml", config: { tasks: [] } }));
    for (const name of ["ports.json", "run-tasks.json", "project.json"]) {
      rmSync(join(other, name), { force: true });
      mkdirSync(join(other, name));
      expect((await ask(world, "restart web")).result).toMatchObject({ ok: true });
    }
  },
  TIMEOUT,
);

test(
  "a start that was killed after it had chosen leaves the port to the next",
  async () => {
    await using world = createWorld();
    const first = freeRange();
    project(
      world,
      `name = "shop"\n[hooks]\nbefore_start = "touch begun; sleep 1000"\n[tasks.web]\nport = "${first}+"\n${serve()}\n`,
    );
    const killed = world.spawn(["start"]);
    const chosen = await eventually(async () => (await item(world, "web")).port as number | null);
    killed.signal("SIGKILL");
    await killed.ended();
    project(world, `name = "shop"\n[tasks.web]\nport = "${first}+"\n${serve()}\n`);
    await ask(world, "start --wait");
    expect(await item(world, "web")).toMatchObject({ port: chosen, healthy: true });
  },
  TIMEOUT,
);

test(
  "no port of the range is free: E220, and what doesn't refer to it starts",
  async () => {
    await using world = createWorld();
    await using ports = listening();
    await ports.listen(LAST_PORT, { host: ownLoopback() });
    project(
      world,
      `name = "shop"\n[tasks.web]\nport = "${LAST_PORT}+"\n${serve()}
[tasks.user]\nenv = { WEB = "\${tasks.web.url}" }\ncommand = "sleep 1000"
[tasks.other]\ncommand = "sleep 1000"\n`,
    );
    const { result } = await ask(world, "start");
    expect(result.tasks).toEqual(["other"]);
    expect(result.failed).toMatchObject([
      { task: "web", error_code: "E220" },
      { task: "user", error_code: "E220" },
    ]);
  },
  TIMEOUT,
);

test(
  "a monitor restarts a task on its port, or on the next one if that was taken",
  async () => {
    await using world = createWorld();
    await using ports = listening();
    const web = `port = "${freeRange()}+"\nrestart_policy = "always"\nenv = { OWN = "\${url}" }\n${serve()}`;
    const hook = "hooks.before_start = 'touch begun; until ! test -e hold; do sleep 0.02; done'";
    project(world, `name = "shop"\n[tasks.web]\n${web}\n${hook}\n`);
    const monitor = world.spawn(["start", "-m"]);
    const healthy = (pid?: number) =>
      eventually(async () => {
        const now = await item(world, "web");
        return now.healthy && now.pid !== pid && now;
      });
    const before = await healthy();
    process.kill(before.pid, "SIGKILL");
    const again = await healthy(before.pid);
    expect(again.port).toBe(before.port);

    rmSync(join(world.project, "begun"));
    world.write("hold", "");
    process.kill(again.pid, "SIGKILL");
    await eventually(() => existsSync(join(world.project, "begun")));
    const stranger = await ports.listen(before.port);
    rmSync(join(world.project, "hold"));
    const moved = await healthy(again.pid);
    expect(moved.port).not.toBe(before.port);
    expect(await environmentAt(moved.port)).toMatchObject({
      PORT: `${moved.port}`,
      OWN: moved.url,
      TASKMUX_PORT_WEB: `${moved.port}`,
    });
    expect(isAlive(stranger)).toBe(true);
    monitor.signal("SIGINT");
    await monitor.ended();
  },
  TIMEOUT,
);

test(
  "a restart that finds no free port leaves the task running",
  async () => {
    await using world = createWorld();
    await using ports = listening();
    project(world, `[tasks.web]\nport = "${freeRange()}+"\n${serve()}\n`);
    await ask(world, "start --wait");
    const before = await item(world, "web");
    await ports.listen(LAST_PORT, { host: ownLoopback() });
    project(world, `[tasks.web]\nport = "${LAST_PORT}+"\n${serve()}\n`);
    const { result } = await ask(world, "restart web");
    expect(result).toMatchObject({ ok: false, error_code: "E220" });
    expect((await item(world, "web")).pid).toBe(before.pid);
  },
  TIMEOUT,
);

test(
  "a port that the config changes is chosen again with the reload",
  async () => {
    await using world = createWorld();
    const [first, second] = [freeRange(), freeRange()];
    project(world, shop(first));
    const daemon = world.spawn(["start", "-m"]);
    await eventually(async () => (await item(world, "web")).healthy);
    const watch = world.spawn(["watch"]);
    await eventually(() => watch.stderr().length + watch.stdout().length > 0);
    project(world, shop(second));
    const web = await eventually(async () => {
      const now = await item(world, "web");
      return now.healthy && now.port >= second && now.port < second + 100 && now;
    });
    // The reload may restart it just now.
    await eventually(
      async () => (await environmentAt(web.port))["TASKMUX_PORT_WEB"] === `${web.port}`,
    );
    for (const one of [watch, daemon]) one.signal("SIGINT");
    await Promise.all([watch.ended(), daemon.ended()]);
  },
  TIMEOUT,
);

test(
  "why says where a task listens that doesn't use its port",
  async () => {
    await using world = createWorld();
    await using ports = listening();
    const other = ports.freePort();
    project(world, `[tasks.web]\nport = "${freeRange()}+"\n${serve(String(other))}\n`);
    await ask(world, "start web");
    const { port } = await item(world, "web");
    const explained = await eventually(async () => {
      const { result } = await ask(world, "why web");
      return result.port.elsewhere.length > 0 && result;
    });
    expect(explained.port).toMatchObject({ port, holders: [], elsewhere: [other] });
    expect(explained.causes[0]).toBe(
      `nothing listens on its port ${port}; its processes listen on ${other}: does its command use $PORT?`,
    );
  },
  TIMEOUT,
);
