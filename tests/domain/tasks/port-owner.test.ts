import { describe, expect, test } from "bun:test";
import {
  hintOf,
  isHandedOver,
  ownershipOf,
  type PortClaim,
  type PortHolder,
} from "../../../src/domain/tasks/port-owner.ts";

const CLAIM: PortClaim = {
  scope: "abc",
  task: "web",
  uid: 1000,
  repository: "/r",
  members: new Set(["77 5"]),
};

const SHELL = { pid: 500, name: "bash", command: "-bash", session: 500 };
const INIT = { pid: 1, name: "systemd", command: "/sbin/init", session: 1 };

/** A server that someone runs in a terminal. */
const SERVED: PortHolder = {
  pid: 4242,
  startTime: "1",
  uid: 1000,
  user: "me",
  command: "node server.js",
  cwd: "/shop",
  isInProject: true,
  session: 500,
  terminal: "pts/3",
  parent: SHELL,
  parentPid: 500,
  mark: null,
  service: null,
  isOurAncestor: false,
};
const ORPHANED: PortHolder = { ...SERVED, terminal: null, parent: INIT, parentPid: 1 };
const OWN = {
  scope: "abc",
  session: "shop",
  task: "web",
  isWanted: true,
  config: null,
  repository: null,
};

const ORPHAN = { kind: "orphan" } as const;
const owned = (owner: string, isFixed = false) => ({ kind: "owned", owner, isFixed }) as const;

describe("a listener", () => {
  test.each([
    ["of someone's terminal is owned", SERVED, owned("-bash (pid 500) on pts/3")],
    [
      "whose parent can't be seen is owned",
      { ...SERVED, parent: null, terminal: null },
      owned("pid 500"),
    ],
    ["that init has, and is of this project, is an orphan", ORPHANED, ORPHAN],
    [
      "that init has, and is of another directory, is owned",
      { ...ORPHANED, cwd: "/other", isInProject: false },
      owned("user me"),
    ],
    [
      "that init has, and whose directory can't be seen, is owned",
      { ...ORPHANED, cwd: null, isInProject: false },
      owned("user me"),
    ],
    [
      "that init has, but of another user, is owned, even by force",
      { ...ORPHANED, uid: 0, user: "root" },
      owned("user root", true),
    ],
    [
      "that is a process of the task, its marks overwritten, is an orphan",
      { ...SERVED, pid: 77, startTime: "5", isInProject: false },
      ORPHAN,
    ],
    [
      "that has the pid of one, and another start time, is owned",
      { ...SERVED, pid: 77, startTime: "6" },
      owned("-bash (pid 500) on pts/3"),
    ],
    [
      "that is a service is owned",
      { ...ORPHANED, service: "postgresql.service" },
      owned("service postgresql.service"),
    ],
    ["with the marks of an earlier launch is an orphan", { ...SERVED, mark: OWN }, ORPHAN],
    [
      "with them is one whatever else is true of it",
      { ...SERVED, mark: OWN, service: "x.service", uid: 0 },
      ORPHAN,
    ],
    [
      "of another task that is wanted is owned",
      { ...ORPHANED, mark: { ...OWN, task: "api" } },
      owned("task 'api' of session 'shop'"),
    ],
    [
      "of a task of that name in another session is owned, even by force",
      { ...ORPHANED, mark: { ...OWN, scope: "xyz", session: "other" } },
      owned("task 'web' of session 'other'", true),
    ],
    [
      "left over from another session's task that isn't wanted is owned all the same",
      { ...ORPHANED, mark: { ...OWN, scope: "xyz", session: "other", isWanted: false } },
      owned("task 'web' of session 'other'"),
    ],
    [
      "left over from another task in another directory is owned",
      { ...ORPHANED, isInProject: false, mark: { ...OWN, task: "api", isWanted: false } },
      owned("task 'api' of session 'shop'"),
    ],
    [
      "left over from another task that isn't wanted is an orphan",
      { ...ORPHANED, mark: { ...OWN, task: "api", isWanted: false } },
      ORPHAN,
    ],
    [
      "of another task that isn't wanted, with a living parent, is owned",
      { ...SERVED, mark: { ...OWN, task: "api", isWanted: false } },
      owned("task 'api' of session 'shop' on pts/3"),
    ],
    [
      "that we live in is owned, even by force",
      { ...ORPHANED, mark: OWN, isOurAncestor: true },
      owned("the program that runs this command", true),
    ],
    [
      "that is the first process is owned, even by force",
      { ...ORPHANED, pid: 1, parent: null, parentPid: 0 },
      owned("the system, whose first process it is", true),
    ],
  ] as [string, PortHolder, ReturnType<typeof owned> | typeof ORPHAN][])(
    "%s",
    (_what, holder, expected) => {
      expect(ownershipOf({ holder, user: "me" }, CLAIM)).toEqual(expected);
    },
  );

  test("that can't be seen is another user's, even by force", () => {
    expect(ownershipOf({ holder: null, user: "www" }, CLAIM)).toEqual(owned("user www", true));
    expect(ownershipOf({ holder: null, user: null }, CLAIM)).toEqual(owned("user unknown", true));
  });

  test("that has its socket from an orphan is an orphan, from an owned one is owned", () => {
    const worker = (master: PortHolder) => {
      const parent = { ...SHELL, pid: master.pid, command: master.command };
      const holder = { ...SERVED, pid: 4243, parent, parentPid: master.pid };
      const others = [master, holder].map((one) => ({ holder: one, user: "me" }));
      return ownershipOf({ holder, user: "me" }, CLAIM, others);
    };
    expect(worker(ORPHANED)).toEqual(ORPHAN);
    expect(worker(SERVED)).toEqual(owned("node server.js (pid 4242) on pts/3"));
    expect(worker({ ...ORPHANED, service: "web.service" }).kind).toBe("owned");
  });
});

describe("what to do about a listener", () => {
  const force = "Stop it yourself, or have taskmux end it: taskmux start web --force-port";
  const unneeded =
    "If nothing needs pid 4242 any more, stop it yourself; or give task 'web' another port";
  const otherPort = "Give task 'web' another port";
  test.each([
    ["of this project, in someone's terminal", SERVED, force],
    ["of another project", { ...SERVED, isInProject: false }, unneeded],
    ["of another project, its parent gone", { ...ORPHANED, isInProject: false }, unneeded],
    ["of a service", { ...ORPHANED, service: "postgresql.service" }, unneeded],
    ["of another user", { ...ORPHANED, uid: 33 }, otherPort],
    ["that we live in", { ...SERVED, isOurAncestor: true }, otherPort],
    [
      "of another task",
      { ...SERVED, mark: { ...OWN, task: "api" } },
      "Stop it first: taskmux stop api; or give task 'web' another port",
    ],
    [
      "of another session's task",
      { ...SERVED, mark: { ...OWN, scope: "xyz" } },
      "Stop it with taskmux in its own project, or give task 'web' another port",
    ],
    [
      "of another session's task whose config is known",
      { ...SERVED, mark: { ...OWN, scope: "xyz", config: "/the bank/taskmux.toml" } },
      "Stop it there: taskmux -c '/the bank/taskmux.toml' stop web; or give task 'web' another port",
    ],
    [
      "of the task of another worktree",
      { ...SERVED, mark: { ...OWN, scope: "xyz", config: "/fix/taskmux.toml", repository: "/r" } },
      'Stop it there: taskmux -c /fix/taskmux.toml stop web; or give each worktree a port of its own: port = "3000+"',
    ],
    ["that can't be seen", null, otherPort],
  ] as [string, PortHolder | null, string][])("%s", (_what, holder, expected) => {
    const listener = { holder, user: "me" };
    expect(hintOf(listener, ownershipOf(listener, CLAIM), CLAIM, 3000)).toBe(expected);
  });
});

describe("a parent is gone", () => {
  const parent = (name: string, session: number) => ({ pid: 700, name, command: name, session });
  test.each([
    ["if init has the process", { parentPid: 1, parent: null }, true],
    ["if nothing has it", { parentPid: 0, parent: null }, true],
    ["if systemd's user instance has it", { parent: parent("systemd", 500) }, true],
    ["if a container's first process has it", { parent: parent("tini", 500) }, true],
    ["if WSL's has it", { parent: parent("Relay(812)", 500) }, true],
    ["if a process of another session has it", { parent: parent("reaper", 700) }, true],
    ["not if it leads its session", { session: 4242, parent: parent("foreman", 700) }, false],
    ["not if its parent is of its session", { parent: parent("bash", 500) }, false],
    ["not if sessions aren't told", { session: 0, parent: parent("bash", 0) }, false],
    ["not if its parent can't be seen", { parent: null }, false],
    ["not if its parent's name only begins so", { parent: parent("initdb", 500) }, false],
  ] as [string, Partial<PortHolder>, boolean][])("%s", (_what, change, expected) => {
    expect(isHandedOver({ ...SERVED, parentPid: 700, ...change })).toBe(expected);
  });
});
