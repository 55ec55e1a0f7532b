import type { Stage, Way } from "./stage.ts";

/** A job of an agent, which is done in one of three ways. */
export interface Job {
  name: string;
  /** Most tokens that the answer of a tool should have. */
  goal?: number;
  /** What the job is about; it doesn't count. */
  prepare?(stage: Stage): Promise<unknown> | void;
  ways: Record<Way, (stage: Stage) => Promise<string>>;
  /** What the answers must say. */
  answer(stage: Stage): RegExp;
  /** What 0.1.0 leaves open. */
  lacks?: string;
}

/** A call after another, until one has what the job wants. */
async function all(...calls: (() => Promise<string>)[]): Promise<string> {
  let said = "";
  for (const call of calls) said += await call();
  return said;
}

const both = async (...calls: Promise<string>[]): Promise<string> =>
  (await Promise.all(calls)).join("");

/** The jobs of a working day, each in the state that the one before has left. */
export const JOBS: readonly Job[] = [
  {
    name: "bring it up, and know that it is healthy",
    goal: 70,
    ways: {
      tools: (stage) => stage.call("start", {}),
      commands: (stage) => stage.run(["start", "--wait"]),
      earlier: (stage) => stage.run(["start", "--wait"]),
    },
    answer: () => /api/,
  },
  {
    name: "the cause of a crash, with file and line",
    goal: 150,
    prepare: async (stage) => {
      stage.breakApi();
      await stage.world.run(["restart", "api", "--wait"]);
    },
    ways: {
      tools: (stage) => stage.call("why", { task: "api" }),
      commands: (stage) => stage.run(["why", "api"]),
      earlier: (stage) =>
        all(
          () => stage.run(["why", "api"]),
          () => stage.run(["logs", "api", "-n", "50"]),
        ),
    },
    answer: () => /bad rate: 0[^]*rate\.ts:2/,
  },
  {
    name: "fix it, and know that the fix works",
    goal: 120,
    prepare: (stage) => stage.repair(),
    ways: {
      tools: (stage) => stage.call("restart", { tasks: ["api"] }),
      commands: (stage) => stage.run(["verify", "api", "--restart"]),
      earlier: (stage) =>
        all(
          () => stage.run(["restart", "api", "--wait"]),
          async () => {
            await Bun.sleep(2000);
            return stage.run(["status"]);
          },
          () => stage.run(["logs", "api", "-n", "20"]),
        ),
    },
    answer: () => /api/,
    lacks: "it must be watched for 2 s by hand, and its log be read for errors that are new",
  },
  {
    name: "only the new lines of the logs",
    prepare: async (stage) => {
      await stage.rememberCursor();
      if (stage.way !== "tools") await stage.run(["logs", "--since-last"]);
      await stage.world.run(["restart", "worker", "--wait"]);
    },
    ways: {
      tools: (stage) => stage.call("logs", { cursor: stage.cursor }),
      commands: (stage) => stage.run(["logs", "--since-last"]),
      earlier: (stage) => stage.run(["logs", "--since-last"]),
    },
    answer: () => /working/,
  },
  {
    name: "who holds a port",
    goal: 120,
    ways: {
      tools: (stage) => stage.call("why", { port: stage.heldPort }),
      commands: (stage) => stage.run(["why", "web"]),
      earlier: (stage) => stage.run(["why", "web"]),
    },
    answer: () => /pid"?:? \d+|"pid":\d+/,
  },
  {
    name: "a second worktree at the same time",
    ways: {
      tools: (stage) => stage.call("start", { dir: stage.tree }),
      commands: (stage) => stage.run(["start", "--wait"], { cwd: stage.tree }),
      earlier: (stage) =>
        all(
          () => stage.run(["start", "--wait"], { cwd: stage.tree }),
          () => stage.editTree(),
          () => stage.run(["--session=shop-fix", "start", "--wait"], { cwd: stage.tree }),
        ),
    },
    answer: () => /api/,
    lacks: "each worktree needs a session name at each command and ports of its own in its file",
  },
  {
    name: "two agents restart the same task at once",
    ways: {
      tools: (stage) =>
        both(
          stage.call("restart", { tasks: ["api"] }, 0),
          stage.call("restart", { tasks: ["api"] }, 1),
        ),
      commands: (stage) =>
        both(
          stage.run(["restart", "api", "--wait"], { agent: 0 }),
          stage.run(["restart", "api", "--wait"], { agent: 1 }),
        ),
      earlier: (stage) =>
        both(
          stage.run(["restart", "api", "--wait"], { agent: 0 }),
          stage.run(["restart", "api", "--wait"], { agent: 1 }),
        ),
    },
    answer: () => /api/,
    lacks: "the task is launched twice, the first launch ended by the second",
  },
  {
    name: "which task runs with an older .env",
    prepare: (stage) => void stage.world.write(".env", "A=2\n"),
    ways: {
      tools: (stage) => stage.call("status", {}),
      commands: (stage) => stage.run(["status"]),
      earlier: (stage) =>
        all(
          () => stage.run(["status"]),
          () => stage.run(["restart", "--wait"]),
        ),
    },
    answer: () => /env_file|\.env/,
    lacks: "nothing says it: all tasks are restarted",
  },
  {
    name: "a command that goes to the background",
    ways: {
      tools: (stage) => stage.call("start", { tasks: ["daemon"] }),
      commands: (stage) => stage.run(["start", "daemon", "--wait"]),
      earlier: (stage) =>
        all(
          () => stage.run(["start", "daemon", "--wait"]),
          () => stage.run(["why", "daemon"]),
        ),
    },
    answer: () => /went to the background/,
    lacks: "it says that the command exited with status 0, not that a process was left",
  },
  {
    name: "a process that stands in no file",
    ways: {
      tools: (stage) => stage.call("run", { name: "adhoc", command: "exec sleep 1000" }),
      commands: (stage) => stage.run(["run", "adhoc", "--wait", "--", "sleep", "1000"]),
      earlier: (stage) =>
        all(
          () => stage.run(["add", "adhoc", "exec sleep 1000"]),
          () => stage.run(["start", "adhoc", "--wait"]),
        ),
    },
    answer: () => /adhoc/,
    lacks: "it is added to the project's file, which git sees",
  },
];
