import { chownSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { listeners } from "../../src/adapters/ports/listeners.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { listening } from "../helpers/listening.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** A server of another project that is meant to live on without a parent: how it is started in its directory. */
interface Server {
  name: string;
  /** Not there: the test is skipped. */
  program: string | null;
  /** A script of sh with the port as `$1` and `program` as `$2`. */
  script: string;
}

const LISTEN = {
  bun: 'Bun.listen({hostname: "127.0.0.1", port: Number(process.argv.at(-1)), socket: {data() {}}})',
  node: 'require("net").createServer().listen(Number(process.argv.at(-1)), "127.0.0.1")',
  python:
    'import socket, sys, time; s = socket.create_server(("127.0.0.1", int(sys.argv[-1]))); time.sleep(1000)',
};

const QUIET = "</dev/null >/dev/null 2>&1 &";

const servers: Server[] = [
  {
    name: "nohup bun &",
    program: process.execPath,
    script: `nohup "$2" -e '${LISTEN.bun}' $1 ${QUIET}`,
  },
  {
    name: "nohup node &",
    program: Bun.which("node"),
    script: `nohup "$2" -e '${LISTEN.node}' $1 ${QUIET}`,
  },
  {
    name: "nohup python3 &",
    program: Bun.which("python3", { PATH: "/usr/bin:/bin:/usr/local/bin" }),
    script: `nohup "$2" -c '${LISTEN.python}' $1 ${QUIET}`,
  },
  {
    name: "redis-server --daemonize yes",
    program: Bun.which("redis-server"),
    script: '"$2" --port $1 --daemonize yes --save "" --dir "$PWD" >redis.log',
  },
  {
    name: "pg_ctl start",
    program: postgresProgram("pg_ctl"),
    script: `"$2" initdb -D data -o "-N -A trust" >init.log && "$2" start -w -D data -l log -o "-p $1 -k $PWD -c listen_addresses=127.0.0.1" >start.log`,
  },
];

/** Debian keeps the programs of each version apart. */
function postgresProgram(name: string): string | null {
  const base = "/usr/lib/postgresql";
  const versions = Bun.which(name) ? [] : readable(base).map((each) => `${base}/${each}/bin`);
  return Bun.which(name, { PATH: [process.env["PATH"], ...versions].join(":") });
}

function readable(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** PostgreSQL refuses to be run by root: then it, and taskmux, are run by its own user, to whom the world is given. */
function asOrdinaryUser(world: World): string[] {
  if (process.geteuid?.() !== 0) return [];
  const id = (flag: string) => Number(Bun.spawnSync(["id", flag, "postgres"]).stdout.toString());
  for (const path of [world.root, ...readdirSync(world.root).map((each) => join(world.root, each))])
    chownSync(path, id("-u"), id("-g"));
  return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"];
}

const config = (port: number): string => `
name = "shop"
[tasks.web]
port = ${port}
command = "sleep 1000"
`;

test.each(servers.map((server) => [server.name, server] as const))(
  "%s of another project lives on, and E220 names it and its directory",
  async (_name, { name, program, script }) => {
    if (program === null) return;
    await using world = createWorld();
    await using ports = listening();
    const port = ports.freePort();
    const other = join(realpathSync(world.root), "other");
    mkdirSync(other);
    world.writeConfig(config(port));
    const user = name === "pg_ctl start" ? asOrdinaryUser(world) : [];
    const begun = await world.runProgram(
      [...user, "sh", "-c", script, "sh", String(port), program],
      { cwd: other },
    );
    expect(begun).toMatchObject({ exitCode: 0 });
    const [before] = await eventually(async () => {
      const found = await listeners(port, null);
      return found.length > 0 && found;
    });
    const { pid, cwd } = before!.holder!;
    // redis-server writes over its environment, by which a world finds what is left in it.
    ports.track(pid);
    const start = await world.runProgram([...user, builtBinary(), "start", "web", "--json"]);
    expect(start.json()).toMatchObject({ ok: false, error_code: "E220" });
    expect(start.json().error).toStartWith(`Port ${port} of task 'web' is held by pid ${pid} (`);
    expect(start.json().error).toContain(`) in ${cwd}, which belongs to user `);
    expect(start.json().hint).not.toContain("--force-port");
    expect((await listeners(port, null))[0]?.holder?.pid).toBe(pid);
    expect(cwd).toStartWith(other);
  },
);
