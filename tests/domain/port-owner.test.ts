import { describe, expect, test } from "bun:test";
import {
  isHandedOver,
  ownershipOf,
  type PortClaim,
  type PortHolder,
} from "../../src/domain/port-owner.ts";

const claim: PortClaim = { scope: "abc", task: "web", uid: 1000 };

const shell = { pid: 500, name: "bash", command: "-bash", session: 500 };
const init = { pid: 1, name: "systemd", command: "/sbin/init", session: 1 };

/** A server that someone runs in a terminal. */
const served: PortHolder = {
  pid: 4242,
  startTime: "1",
  uid: 1000,
  command: "node server.js",
  session: 500,
  terminal: "pts/3",
  parent: shell,
  parentPid: 500,
  mark: null,
  service: null,
  isOurAncestor: false,
};
const orphaned: PortHolder = { ...served, terminal: null, parent: init, parentPid: 1 };
const own = { scope: "abc", session: "shop", task: "web", isWanted: true };

const orphan = { kind: "orphan" } as const;
const owned = (owner: string, isFixed = false) => ({ kind: "owned", owner, isFixed }) as const;

describe("a listener", () => {
  test.each([
    ["of someone's terminal is owned", served, owned("-bash (pid 500) on pts/3")],
    [
      "whose parent can't be seen is owned",
      { ...served, parent: null, terminal: null },
      owned("pid 500"),
    ],
    ["that init has is an orphan", orphaned, orphan],
    ["that init has, but of another user, is owned", { ...orphaned, uid: 0 }, owned("user id 0")],
    [
      "that is a service is owned",
      { ...orphaned, service: "postgresql.service" },
      owned("service postgresql.service"),
    ],
    ["with the marks of an earlier launch is an orphan", { ...served, mark: own }, orphan],
    [
      "with them is one whatever else is true of it",
      { ...served, mark: own, service: "x.service", uid: 0 },
      orphan,
    ],
    [
      "of another task that is wanted is owned",
      { ...orphaned, mark: { ...own, task: "api" } },
      owned("task 'api' of session 'shop'"),
    ],
    [
      "of a task of that name in another session is owned",
      { ...orphaned, mark: { ...own, scope: "xyz", session: "other" } },
      owned("task 'web' of session 'other'"),
    ],
    [
      "left over from another task that isn't wanted is an orphan",
      { ...orphaned, mark: { ...own, task: "api", isWanted: false } },
      orphan,
    ],
    [
      "of another task that isn't wanted, with a living parent, is owned",
      { ...served, mark: { ...own, task: "api", isWanted: false } },
      owned("task 'api' of session 'shop' on pts/3"),
    ],
    [
      "that we live in is owned, even by force",
      { ...orphaned, mark: own, isOurAncestor: true },
      owned("whoever runs this command, which lives in it", true),
    ],
    [
      "that is the first process is owned, even by force",
      { ...orphaned, pid: 1, parent: null, parentPid: 0 },
      owned("the system, whose first process it is", true),
    ],
  ] as [string, PortHolder, ReturnType<typeof owned> | typeof orphan][])(
    "%s",
    (_what, holder, expected) => {
      expect(ownershipOf({ holder, uid: holder.uid }, claim)).toEqual(expected);
    },
  );

  test("that can't be seen is another user's, even by force", () => {
    expect(ownershipOf({ holder: null, uid: 33 }, claim)).toEqual(owned("user id 33", true));
    expect(ownershipOf({ holder: null, uid: null }, claim)).toEqual(owned("user id unknown", true));
  });

  test("that has its socket from an orphan is an orphan, from an owned one is owned", () => {
    const worker = (master: PortHolder) => {
      const parent = { ...shell, pid: master.pid, command: master.command };
      const holder = { ...served, pid: 4243, parent, parentPid: master.pid };
      const others = [master, holder].map((one) => ({ holder: one, uid: one.uid }));
      return ownershipOf({ holder, uid: 1000 }, claim, others);
    };
    expect(worker(orphaned)).toEqual(orphan);
    expect(worker(served)).toEqual(owned("node server.js (pid 4242) on pts/3"));
    expect(worker({ ...orphaned, service: "web.service" }).kind).toBe("owned");
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
    expect(isHandedOver({ ...served, parentPid: 700, ...change })).toBe(expected);
  });
});
