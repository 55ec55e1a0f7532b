import { expect, test } from "bun:test";
import {
  holderOf,
  parseLaunchctl,
  parsePs,
  parseStatus,
  serviceOf,
  terminalOf,
} from "../../src/adapters/port-holder.ts";
import { eventually } from "../helpers/eventually.ts";

test.each([
  ["0::/user.slice/user-1000.slice/user@1000.service/app.slice/pg.service\n", "pg.service"],
  ["0::/system.slice/nginx.service/worker\n", "nginx.service"],
  ["12:cpu:/x.service\n1:name=systemd:/system.slice/cron.service\n0::/\n", "cron.service"],
  ["0::/user.slice/user-1000.slice/session-3.scope\n", null],
  ["0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", null],
  ["0::/user.slice/user-1000.slice/user@1000.service\n", null],
  ["0::/system.slice/a.service/app-terminal.slice/vte-spawn-1.scope\n", null],
  ["0::/docker/0123abcd\n", null],
  ["", null],
])("%j is the service %p", (cgroup, service) => expect(serviceOf(cgroup)).toBe(service));

test.each([
  [34819, "pts/3"],
  [(136 << 8) | 0x2c | (1 << 20), "pts/300"],
  [1025, "tty1"],
  [0, null],
])("terminal %d is %p", (device, terminal) => {
  expect(terminalOf(`42 (a) b (c)) S 1 42 42 ${device} -1 4194304`)).toBe(terminal);
});

test("a status file tells name and effective user", () => {
  const status =
    "Name:\tnode (x)\nUmask:\t0022\nPid:\t42\nUid:\t1000\t33\t1000\t1000\nGid:\t5\t5\t5\t5\n";
  expect(parseStatus(status)).toEqual({ name: "node (x)", uid: 33 });
  expect(parseStatus("")).toBeNull();
});

test.each([
  [
    "  501 ttys003  node server.js -p 1\n",
    { uid: 501, terminal: "ttys003", command: "node server.js -p 1" },
  ],
  ["    0 ??       /usr/sbin/cupsd\n", { uid: 0, terminal: null, command: "/usr/sbin/cupsd" }],
  ["", null],
])("ps line %j", (line, expected) => expect(parsePs(line)).toEqual(expected));

test("launchd's list tells what runs", () => {
  const list =
    "PID\tStatus\tLabel\n-\t0\tcom.apple.idle\n812\t0\thomebrew.mxcl.postgresql@16\n9\t-9\tb\n";
  expect(parseLaunchctl(list)).toEqual(
    new Map([
      [812, "homebrew.mxcl.postgresql@16"],
      [9, "b"],
    ]),
  );
});

test("a process is told by its command, its parent, its user and the task it comes from", async () => {
  const env = {
    ...process.env,
    TASKMUX_RUN: "zz9.1.2",
    TASKMUX_TASK: "web",
    TASKMUX_SESSION: "shop",
  };
  const child = Bun.spawn(["sleep", "60"], { env });
  try {
    const holder = await eventually(() => {
      const seen = holderOf(child.pid);
      return seen?.command === "sleep 60" && seen;
    });
    expect(holder).toMatchObject({
      pid: child.pid,
      uid: process.geteuid!(),
      parentPid: process.pid,
    });
    expect(holder.parent?.command).toContain("bun");
    // Of a run directory that isn't ours nothing is known: it is taken for wanted.
    expect(holder.mark).toEqual({ scope: "zz9", session: "shop", task: "web", isWanted: true });
    expect(holder.isOurAncestor).toBe(false);
    expect(holderOf(process.pid)?.isOurAncestor).toBe(true);
    expect(holderOf(process.ppid)?.isOurAncestor).toBe(true);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
  expect(holderOf(child.pid)).toBeNull();
});
