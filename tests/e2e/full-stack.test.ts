import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../helpers/binary.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { freePort } from "../helpers/listening.ts";
import { ask, processesOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

// The full-stack examples of the reference's page and of the README, their servers played by scripts: the commands are theirs.

const EXAMPLE = `name = "fullstack-app"

[tasks.db]
command = "docker compose up postgres redis"
health_check = "pg_isready -h localhost -p 5432"
health_interval = 3

[tasks.migrate]
command = "python manage.py migrate && echo done && sleep infinity"
cwd = "apps/api"
depends_on = ["db"]
health_check = "test -f .migrate-complete"

[tasks.api]
command = "python manage.py runserver 0.0.0.0:8000"
cwd = "apps/api"
port = 8000
depends_on = ["migrate"]
health_check = "curl -sf http://localhost:8000/health"
stop_grace_period = 10

[tasks.worker]
command = "celery -A myapp worker -l info"
cwd = "apps/api"
depends_on = ["db"]
restart_policy = "always"
max_restarts = 10
restart_backoff = 3.0

[tasks.web]
command = "bun dev"
cwd = "apps/web"
port = 3000
depends_on = ["api"]
health_check = "curl -sf http://localhost:3000"

[tasks.storybook]
command = "bun storybook"
cwd = "apps/web"
auto_start = false
`;

const readme = readFileSync(join(root, "README.md"), "utf8");
const readmeExample = /^```toml\n(.*?)^```/ms.exec(readme)?.[1] ?? "";

/** Other programs of this machine may have the example's ports, and other tests where its servers listen: then it gets others. */
function onFreePorts(toml: string): string {
  const listens = toml.includes("health_url");
  const ports = new Map(
    [8000, 3000].map((port) => [String(port), listens || !isFree(port) ? freePort() : port]),
  );
  return toml.replaceAll(/\b(?:8000|3000)\b/g, (port) => String(ports.get(port)));
}

function isFree(port: number): boolean {
  try {
    Bun.listen({ hostname: "0.0.0.0", port, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    return false;
  }
}

/** A server is up once its pid stands in a file and lives; what has come so far stands in `order`. */
const SCRIPTS: Record<string, string> = {
  server: `echo "$1" >>"$STAGE/order"; sleep 0.2; echo $$ >"$STAGE/$1.pid"; echo "$1 is up" >>"$STAGE/order"
[ -z "$LISTENS" ] || case $1 in *[0-9]) exec "$LISTENS" "$STAGE/serve.ts" "$1" ;; esac
exec sleep 100000`,
  alive: `kill -0 "$(cat "$STAGE/$1.pid")"`,
  docker: `[ "$*" = "compose up postgres redis" ] && exec server db`,
  pg_isready: `case "$*" in "-h localhost -p 5432" | "-h localhost -p 5432 -U postgres -d postgres") exec alive db ;; esac
exit 1`,
  python: `case "$*" in
"manage.py migrate") rm -f .migrate-complete; echo migrate >>"$STAGE/order"; sleep 0.2
  echo "migrate is up" >>"$STAGE/order"; touch .migrate-complete ;;
"manage.py runserver 0.0.0.0:$PORT") exec server "$PORT" ;;
*) exit 1 ;;
esac`,
  celery: `[ "$*" = "-A myapp worker -l info" ] && exec server worker`,
  bun: `case $1 in dev) exec server "$PORT" ;; *) exec server "$1" ;; esac`,
  curl: `port=\${2##*localhost:}; exec alive "\${port%%/*}"`,
};

const SERVE = `Bun.serve({ port: Number(process.argv[2]), fetch: () => new Response("ok") });\n`;

const TASKS = ["db", "migrate", "api", "worker", "web"];

function setUp(world: World, config = EXAMPLE) {
  const stage = join(world.root, "stage");
  for (const [name, text] of Object.entries(SCRIPTS)) {
    world.write(`../stage/${name}`, `#!/bin/sh\n${text}\n`, 0o755);
  }
  for (const app of ["api", "web"]) world.write(`apps/${app}/.keep`, "");
  world.write("../stage/serve.ts", SERVE);
  const toml = onFreePorts(config);
  world.writeConfig(toml);
  const [api, web] = [...toml.matchAll(/^port = (\d+)$/gm)].map((found) => found[1]!);
  const LISTENS = config.includes("health_url") ? process.execPath : "";
  const env = { STAGE: stage, LISTENS, PATH: `${stage}:${world.env["PATH"]}` };
  const order = () => {
    const text = readFileSync(join(stage, "order"), "utf8").trimEnd();
    return text.replaceAll(api!, "api").replaceAll(web!, "web").split("\n");
  };
  return { env, order };
}

/** Fails unless `before` stands in `order`, and `after` behind it. */
function inOrder(order: readonly string[], before: string, after: string): void {
  const [first, second] = [order.indexOf(before), order.indexOf(after)];
  expect({ order, before, after, isRight: first >= 0 && second > first }).toMatchObject({
    isRight: true,
  });
}

const stateOf = async (world: World, options: object): Promise<Map<string, any>> => {
  const { result } = await ask(world, "status", options);
  return new Map(result.tasks.map((task: any) => [task.name, task]));
};

const left = (world: World): number[] => TASKS.flatMap((task) => processesOf(world, task));

test.each([
  { of: "reference's page", config: EXAMPLE, migrate: "running" },
  { of: "README", config: readmeExample, migrate: "exited" },
])(
  "in the example of the $of db starts first, migrate and worker wait for it, api for migrate, web for api; storybook is manual",
  async ({ config, migrate }) => {
    await using world = createWorld();
    const { env, order } = setUp(world, config);
    const started = await ask(world, "start --wait", { env });
    expect(started).toMatchObject({ exitCode: 0, result: { skipped: [], failed: [] } });
    expect(started.result.tasks.toSorted()).toEqual(TASKS.toSorted());
    inOrder(order(), "db is up", "migrate");
    inOrder(order(), "db is up", "worker");
    inOrder(order(), "migrate is up", "api");
    inOrder(order(), "api is up", "web");
    const status = await stateOf(world, { env });
    const states = [...status.values()].map(({ name, state }) => `${name} ${state}`);
    const up = TASKS.map((name) => `${name} ${name === "migrate" ? migrate : "running"}`);
    expect(states).toEqual([...up, "storybook stopped"]);
    expect(status.get("storybook").started_at).toBeNull();
    expect(order()).not.toContain("storybook");
  },
);

test("watched, it survives a kill -9 of each task in turn, and stops in reverse", async () => {
  await using world = createWorld();
  const { env } = setUp(world);
  const monitor = world.spawn(["start", "-m", "--json"], { env });
  const allRun = (status: Map<string, any>) =>
    TASKS.every((task) => status.get(task).state === "running");

  let before = await eventuallyIs(() => stateOf(world, { env }), allRun);
  await eventually(async () => (await ask(world, "status", { env })).result.monitor);

  for (const victim of TASKS) {
    const pid: number = before.get(victim).pid;
    process.kill(pid, "SIGKILL");
    const after = await eventuallyIs(
      () => stateOf(world, { env }),
      (status) => allRun(status) && status.get(victim).pid !== pid,
    );
    const others = (status: Map<string, any>) =>
      TASKS.filter((task) => task !== victim).map((task) => [task, status.get(task).pid]);
    expect(others(after)).toEqual(others(before));
    expect(after.get(victim).restarts).toBe(1);
    before = after;
  }

  const stopped = await ask(world, "stop", { env });
  expect(stopped).toMatchObject({ exitCode: 0, result: { ok: true, action: "stopped" } });
  expect(stopped.result.tasks.toSorted()).toEqual(TASKS.toSorted());
  expect(left(world)).toEqual([]);
  const { events } = (await ask(world, "events -n 1000", { env })).result;
  const ends = events.filter(({ event }: any) => event === "task_stopped");
  const order: string[] = ends.map(({ task }: any) => task);
  expect(order.toSorted()).toEqual(TASKS.toSorted());
  inOrder(order, "web", "api");
  inOrder(order, "api", "migrate");
  inOrder(order, "migrate", "db");
  inOrder(order, "worker", "db");

  monitor.signal("SIGINT");
  expect((await monitor.ended()).exitCode).toBe(130);
  expect(left(world)).toEqual([]);
});
