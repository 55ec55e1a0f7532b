import { expect, test } from "bun:test";
import {
  type DependencyRestartFacts,
  isRestartDue,
  restartedWith,
} from "../../../src/domain/tasks/dependency-restart.ts";

/** `web: api!`: web depends on api and restarts with it. */
function tasksOf(lines: string[]) {
  return lines.map((line) => {
    const [name = "", rest = ""] = line.split(":");
    const depends_on = rest.replace("!", "").trim().split(" ").filter(Boolean);
    return { name, depends_on, restart_with_dependencies: rest.includes("!") };
  });
}

const DIAMOND = ["db", "a: db!", "b: db!", "c: a b db!"];

test.each([
  ["a dependent that says so", ["db", "api: db!"], ["db"], [], ["api"]],
  ["no dependent that doesn't", ["db", "api: db"], ["db"], [], []],
  ["a chain", ["db", "api: db!", "web: api!"], ["db"], [], ["api", "web"]],
  ["a chain up to one that doesn't", ["db", "api: db", "web: api!"], ["db"], [], []],
  ["a diamond, each once", DIAMOND, ["db"], [], ["a", "b", "c"]],
  ["no dependency", ["db", "api: db!"], ["api"], [], []],
  ["none that was named anyway", ["db", "api: db!"], ["db", "api"], [], []],
  ["what depends on one of several", DIAMOND, ["a", "b"], [], ["c"]],
  ["none that doesn't run, nor what follows", DIAMOND, ["db"], ["a", "c"], ["b"]],
] as const)("a restart restarts %s", (_what, lines, names, down, added) => {
  const isUp = ({ name }: { name: string }) => !(down as readonly string[]).includes(name);
  expect(restartedWith(tasksOf([...lines]), names, isUp)).toEqual([...added]);
});

const DUE: DependencyRestartFacts = {
  isMarked: true,
  want: "up",
  isAlive: true,
  dependencies: [{ isReady: true, isMarked: false }],
};

test.each([
  ["its dependency is ready again", {}, true],
  ["no dependency was restarted", { isMarked: false }, false],
  ["it was stopped", { want: "down" }, false],
  ["it has ended", { isAlive: false }, false],
  ["its dependency is not ready", { dependencies: [{ isReady: false, isMarked: false }] }, false],
  [
    "another dependency restarts first",
    {
      dependencies: [
        { isReady: true, isMarked: false },
        { isReady: true, isMarked: true },
      ],
    },
    false,
  ],
] as [string, Partial<DependencyRestartFacts>, boolean][])(
  "a monitor restarts a dependent: %s",
  (_what, change, isDue) => {
    expect(isRestartDue({ ...DUE, ...change })).toBe(isDue);
  },
);
