import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import {
  holderOf,
  liesIn,
  parseLaunchctl,
  parseLauncher,
  parseStatus,
  serviceOf,
  terminalOf,
} from "../../../src/adapters/ports/holder.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { eventually } from "../../helpers/eventually.ts";

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
    "/bin/sh\0/home/me/.taskmux/run/shop/launcher.sh\0/home/me/.taskmux/run/shop/tasks/web.v1\0/proc\0",
    { directory: "/home/me/.taskmux/run/shop", task: "web.v1" },
  ],
  [
    "/bin/sh /Users/a b/.taskmux/run/shop/launcher.sh /Users/a b/.taskmux/run/shop/tasks/web",
    { directory: "/Users/a b/.taskmux/run/shop", task: "web" },
  ],
  ["sh /x/run/shop/launcher.sh /x/run/bank/tasks/web", null],
  ["sh /x/run/shop/launcher.sh /x/run/shop/tasks/..", null],
  ["sh launcher.sh tasks/web", null],
  ["node server.js", null],
  ["", null],
])("arguments %j are a launcher's of %j", (line, expected) => {
  expect(parseLauncher(line)).toEqual(expected);
});

test("a directory lies in a project unless it is another project's, or gone", () => {
  using made = directoryWith({
    "shop/api/src/.keep": "",
    "shop/.worktrees/x/.git": "gitdir: /elsewhere",
    "shop/.worktrees/x/src/.keep": "",
    "shop/inner/taskmux.toml": "",
    "shopping/.keep": "",
  });
  const shop = join(made.path, "shop");
  const inShop = (path: string) => liesIn(shop, join(made.path, path), "/home/me");
  expect({
    itself: inShop("shop"),
    below: inShop("shop/api/src"),
    neighbour: inShop("shopping"),
    above: inShop("."),
    worktree: inShop("shop/.worktrees/x"),
    belowWorktree: inShop("shop/.worktrees/x/src"),
    innerProject: inShop("shop/inner"),
    removed: inShop("shop/old (deleted)"),
  }).toEqual({
    itself: true,
    below: true,
    neighbour: false,
    above: false,
    worktree: false,
    belowWorktree: false,
    innerProject: false,
    removed: false,
  });
  expect(liesIn(made.path, shop, shop)).toBe(false);
  expect(liesIn("/", shop, "/home/me")).toBe(false);
  symlinkSync(shop, join(made.path, "link"));
  expect(liesIn(join(made.path, "link"), join(shop, "api"), "/home/me")).toBe(true);
});

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

test("a process is described by its command, its parent, its user and its task", async () => {
  const env = {
    ...process.env,
    TASKMUX_RUN: "zz9.1.2",
    TASKMUX_TASK: "web",
    TASKMUX_SESSION: "shop",
  };
  const child = Bun.spawn(["sleep", "60"], { env });
  try {
    const holder = await eventually(() => {
      const seen = holderOf(child.pid, null);
      return seen?.command === "sleep 60" && seen;
    });
    expect(holder).toMatchObject({
      pid: child.pid,
      uid: process.geteuid!(),
      parentPid: process.pid,
    });
    expect(holder.parent?.command).toContain("bun");
    // Of a run directory that isn't ours nothing is known: it is taken for wanted.
    expect(holder.mark).toEqual({
      scope: "zz9",
      session: "shop",
      task: "web",
      isWanted: true,
      config: null,
      repository: null,
    });
    expect(holder.isOurAncestor).toBe(false);
    expect(holderOf(process.pid, null)?.isOurAncestor).toBe(true);
    expect(holderOf(process.ppid, null)?.isOurAncestor).toBe(true);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
  expect(holderOf(child.pid, null)).toBeNull();
});
