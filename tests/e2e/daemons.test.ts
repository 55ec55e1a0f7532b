import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { builtBinary } from "../helpers/binary.ts";
import { parseKeeperLine } from "../../src/adapters/launch/keeper-line.ts";
import { readProcess } from "../../src/adapters/processes/table.ts";
import { eventually } from "../helpers/eventually.ts";
import { signal } from "../helpers/processes.ts";
import { freePort } from "../helpers/listening.ts";
import { hasMounts } from "../helpers/mounts.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** Pids of living processes whose command line or name holds `text`; not those of tmux, whose arguments are the task's. */
const processesWith = (text: string): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text))
    .map(Number);

/** Pids of processes whose directory is in `root`, though it may be gone. */
const processesIn = (root: string): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && directoryOf(name).startsWith(root))
    .map(Number);

function directoryOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}

function commandLine(pid: string): string {
  try {
    if (/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"))) return "";
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** A program that puts itself into the background. `find` is in the command line of each of its processes. */
interface Daemon {
  name: string;
  needs: string;
  command(root: string, port: number): string;
  files?(root: string, port: number): Record<string, string>;
  find(root: string, port: number): string;
  /** How many processes run when it is up. */
  count: number;
}

const perl = (root: string) => `
use POSIX qw(setsid);
exit 0 if fork; setsid(); exit 0 if fork;
open STDIN, "</dev/null"; open STDOUT, ">/dev/null"; open STDERR, ">/dev/null";
$0 = "renamed ${root} " . ("x" x 4000);
sleep 1000;
`;

const nginx = (root: string, port: number) => `
user root;
pid ${root}/nginx.pid;
error_log ${root}/nginx.log;
worker_processes 1;
events {}
http {
  access_log off;
  client_body_temp_path ${root}/n1; proxy_temp_path ${root}/n2; fastcgi_temp_path ${root}/n3;
  uwsgi_temp_path ${root}/n4; scgi_temp_path ${root}/n5;
  server { listen 127.0.0.1:${port}; }
}
`;

const daemons: Daemon[] = [
  {
    name: "redis-server --daemonize yes",
    needs: "redis-server",
    command: (root, port) => `redis-server --daemonize yes --port ${port} --dir ${root} --save ''`,
    find: (_, port) => `redis-server *:${port}`,
    count: 1,
  },
  {
    name: "nginx",
    needs: "nginx",
    files: (root, port) => ({ "nginx.conf": nginx(root, port) }),
    command: (root) => `nginx -p ${root} -c ${root}/project/nginx.conf`,
    find: (root) => `nginx: master process nginx -p ${root}`,
    count: 1,
  },
  {
    name: "a perl daemon that sets $0",
    needs: "perl",
    files: (root) => ({ "daemon.pl": perl(root) }),
    command: () => "perl daemon.pl",
    find: (root) => `renamed ${root}`,
    count: 1,
  },
  {
    name: "a program in a session of its own with an empty environment",
    needs: "setsid",
    command: (root) => `setsid env -i sh -c 'sleep 1000; : ${root}' </dev/null >/dev/null 2>&1 &`,
    // Not the shell that has yet to start it, whose arguments have a quote there.
    find: (root) => `sh -c sleep 1000; : ${root}`,
    count: 1,
  },
];

const isLinux = process.platform === "linux";
const isThere = (program: string): boolean =>
  isLinux && Bun.which(program, { PATH: `${process.env["PATH"]}:/usr/sbin` }) !== null;

describe.each(daemons)("$name", ({ needs, command, files, find, count }) => {
  const json = async (world: World, ...args: string[]) =>
    JSON.parse((await world.run([...args, "--json"])).stdout) as Record<string, unknown>;

  /** Starts the daemon from a task whose command then runs `after`; nothing of it may be left when `act` has run. */
  const withDaemon = async (
    after: string,
    act: (world: World, found: () => number[]) => Promise<void>,
  ) => {
    await using world = createWorld();
    const { root } = world;
    const port = freePort();
    const found = () => processesWith(find(root, port));
    for (const [name, text] of Object.entries(files?.(root, port) ?? {})) world.write(name, text);
    const line = JSON.stringify(`PATH=$PATH:/usr/sbin\n${command(root, port)}\n${after}`);
    world.writeConfig(`name = "demo"\n[tasks.d]\ncommand = ${line}\n`);
    try {
      await world.run(["start"]);
      await eventually(() => found().length >= count);
      await act(world, found);
      expect(found()).toEqual([]);
    } finally {
      // Nothing else finds what a failed test leaves.
      for (const pid of processesIn(root)) signal(pid, "SIGKILL");
    }
  };

  const endServer = async (world: World): Promise<void> => {
    const server = Number(await world.tmux("display-message", "-p", "#{pid}"));
    signal(server, "SIGKILL");
    await eventually(() => !existsSync(`/proc/${server}`) || commandLine(String(server)) === "");
  };

  const cases = [
    ["stop", "exec sleep 1000"],
    ["kill", "exec sleep 1000"],
    ["stop", ":"],
    ["kill", ":"],
  ] as const;

  test.skipIf(!isThere(needs)).each(cases)(
    "is ended by %s of the task whose command is followed by '%s'",
    (verb, after) =>
      withDaemon(after, async (world) => {
        const answer = await json(world, verb, "d");
        expect(answer["action"]).toBe(verb === "stop" ? "stopped" : "killed");
      }),
  );

  test.skipIf(!isThere(needs)).each(cases)(
    "is ended by %s after the tmux server was killed (%s)",
    (verb, after) =>
      withDaemon(after, async (world, found) => {
        await endServer(world);
        await eventually(async () => (await json(world, "status"))["active_tasks"] === 0);
        expect(found().length).toBeGreaterThanOrEqual(count);
        const answer = await json(world, verb, "d");
        expect(answer["action"]).toBe(verb === "stop" ? "stopped" : "killed");
      }),
  );

  test.skipIf(!isThere(needs))("is ended by the next start, which says so", () =>
    withDaemon("exec sleep 1000", async (world, found) => {
      const [before] = found();
      await world.tmux("kill-server");
      const answer = await json(world, "start", "d");
      expect(JSON.stringify(answer["warnings"])).toContain("earlier launch");
      await eventually(() => found().length >= count);
      expect(found()).not.toContain(before!);
      await json(world, "stop");
    }),
  );
});

type Item = { pid: number; running: boolean };

const statusOf = async (world: World): Promise<Item> => {
  const { stdout } = await world.run(["status", "--json"]);
  return (JSON.parse(stdout) as { tasks: Item[] }).tasks[0]!;
};

const panePid = async (world: World): Promise<number> =>
  Number(await world.tmux("list-panes", "-s", "-t", "=demo", "-F", "#{pane_pid}"));

test.skipIf(!isLinux).each([
  ["stop", "stopped"],
  ["kill", "killed"],
])(
  "what status counts as running %s ends, though it has no mark, no window and no keeper",
  async (verb, action) => {
    await using world = createWorld();
    // It keeps its pid, and leads a session of its own, which its child has left.
    const command = `exec setsid env -i sh -c 'setsid sleep 4011 & exec sleep 4012'`;
    world.writeConfig(`name = "demo"\n[tasks.d]\ncommand = ${JSON.stringify(command)}\n`);
    await world.run(["start"]);
    const { pid } = await statusOf(world);
    await eventually(() => commandLine(String(pid)).startsWith("sleep 4012"));
    const child = await eventually(() =>
      processesWith("sleep 4011").find((one) => readProcess(one)?.parent === pid),
    );
    try {
      signal(await panePid(world), "SIGKILL");
      await eventually(async () => (await world.tmux("list-sessions").catch(() => "")) === "");
      expect((await statusOf(world)).running).toBe(true);
      const { stdout } = await world.run([verb, "d", "--json"]);
      expect(JSON.parse(stdout)).toMatchObject({ ok: true, action });
      expect((await statusOf(world)).running).toBe(false);
      expect([pid, child].map((one) => commandLine(String(one)))).toEqual(["", ""]);
    } finally {
      for (const one of [pid, child]) signal(one, "SIGKILL");
    }
  },
);

test.skipIf(!isLinux)(
  "a window whose launcher was killed, and which a process of the task keeps open, launches nothing",
  async () => {
    await using world = createWorld();
    const command = "(trap '' HUP; exec sleep 4013) & exec sleep 4014";
    world.writeConfig(`name = "demo"\n[tasks.d]\ncommand = ${JSON.stringify(command)}\n`);
    await world.run(["start"]);
    await eventually(() =>
      processesIn(world.root).some((pid) => commandLine(String(pid)).startsWith("sleep 4013")),
    );
    const before = await panePid(world);
    const kept = parseKeeperLine(readFileSync(`/proc/${before}/cmdline`, "latin1"));
    if (kept?.kind !== "started") throw new Error("the pane has no keeper");
    signal(kept.pid, "SIGKILL");
    await eventually(async () => !(await statusOf(world)).running);
    const { stdout } = await world.run(["start", "--json", "d"]);
    const started = JSON.parse(stdout) as { warnings: string[] };
    expect(started.warnings.join()).toContain("earlier launch");
    expect((await statusOf(world)).running).toBe(true);
    expect(await panePid(world)).not.toBe(before);
    const stopped = JSON.parse((await world.run(["stop", "d", "--json"])).stdout) as object;
    expect(stopped).toMatchObject({ ok: true, action: "stopped" });
  },
);

test.skipIf(!hasMounts)(
  "where no program may run in the home directory, tasks run without a keeper",
  async () => {
    await using world = createWorld();
    world.writeConfig('name = "demo"\n[tasks.d]\ncommand = "exec sleep 4007"\n');
    // tmux's server lives in the same mount namespace, as long as this script.
    const script = [
      'mount -t tmpfs -o noexec tmpfs "$HOME"',
      '"$0" start',
      "tmux list-panes -s -t demo -F '#{pane_pid}' | { read -r pid; tr '\\0' ' ' <\"/proc/$pid/cmdline\"; }",
      'ls "$HOME/.taskmux/run/demo"',
      '"$0" stop --json d',
    ].join("\n");
    const apart = ["unshare", "-m", "sh", "-ec", script, builtBinary()];
    const { stdout, stderr, exitCode } = await world.runProgram(apart);
    expect({ stderr, exitCode }).toEqual({ stderr: expect.anything(), exitCode: 0 });
    expect(stdout).toContain("/bin/sh ");
    expect(stdout).not.toContain("taskmux-keeper");
    expect(stdout).toContain('"signal":"SIGINT"');
  },
);
