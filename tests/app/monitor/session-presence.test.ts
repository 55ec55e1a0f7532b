import { expect, test } from "bun:test";
import type { Pane, TmuxSession } from "../../../src/adapters/tmux/arguments.ts";
import type { Context } from "../../../src/app/context.ts";
import { SessionPresence } from "../../../src/app/monitor/session-presence.ts";
import type { Want } from "../../../src/domain/tasks/lifecycle.ts";

const CONFIG_PATH = "/p/taskmux.toml";

/** What a task's memory has of its last launch. */
interface Launch {
  want: Want;
  run: string | null;
  stoppedRun: string | null;
}

const UP: Launch = { want: "up", run: "1", stoppedRun: null };
const STOPPED: Launch = { want: "down", run: "1", stoppedRun: "1" };

/** A session with a pane of each task. */
function sessionOf(id: string, tasks: string[], configPath = CONFIG_PATH): TmuxSession {
  const panes = tasks.map((task): Pane => {
    const ids = { windowId: `@${task}`, paneId: `%${task}`, pid: 2 };
    return { ...ids, dead: false, task, piped: true };
  });
  return { server: { socket: "/s", pid: 1, startTime: "1" }, id, configPath, panes };
}

/** A session that is there or not, its tasks `web` and `db`, and what is said of it. */
class Monitored {
  readonly said: string[] = [];
  readonly presence: SessionPresence;
  tasks: Record<string, Launch> = { web: UP, db: STOPPED };
  found: TmuxSession | null = sessionOf("$0", ["web", "db"]);
  /** A control client runs. */
  isWatched = false;
  hasWindow = true;
  /** Gives the answer to each question of tmux. */
  answer = async (): Promise<TmuxSession | null> => this.found;

  constructor() {
    const tmux = {
      findSession: () => this.answer(),
      watchSession: () => ({ isAlive: () => this.isWatched, end: () => {} }),
    };
    const tasks = ["web", "db"].map((name) => ({ name }));
    const ctx = {
      tmux,
      project: { session: "demo", configPath: CONFIG_PATH, config: { tasks } },
      state: {
        task: (name: string) => ({
          memory: () => this.tasks[name],
          launcher: () => (this.hasWindow ? { pid: 2, startTime: "1" } : null),
        }),
      },
      onNotice: (sentence: string) => void this.said.push(sentence),
    } as unknown as Context;
    this.presence = new SessionPresence(
      () => ctx,
      () => {},
    );
  }
}

const ENDED = "The tmux session 'demo' has ended, or its server has";

test.each<[string, TmuxSession | null]>([
  ["has ended", null],
  ["is another config's now", sessionOf("$0", ["web", "db"], "/other/taskmux.toml")],
  ["was made again without them", sessionOf("$1", ["db"])],
])("a session of wanted tasks that %s is reported once", async (_, found) => {
  const monitored = new Monitored();
  await monitored.presence.sweep();
  expect(monitored.said).toEqual([]);
  monitored.found = found;
  await monitored.presence.checkBeforeRestart("web");
  await monitored.presence.sweep();
  expect(monitored.said).toEqual([ENDED]);
});

test.each<[string, Launch, TmuxSession | null]>([
  ["its tasks were stopped", STOPPED, null],
  ["a start wants its task again, and has no window yet", { ...STOPPED, want: "up" }, null],
  ["a start forgot how its task ended", { want: "up", run: null, stoppedRun: "1" }, null],
  ["its task was launched in a new one", { ...UP, run: "2" }, sessionOf("$1", ["web"])],
  ["its task has its window in a new one", UP, sessionOf("$1", ["web"])],
])("the end of a session is no news where %s", async (_, web, found) => {
  const monitored = new Monitored();
  await monitored.presence.sweep();
  monitored.tasks["web"] = web;
  monitored.found = found;
  await monitored.presence.sweep();
  expect(monitored.said).toEqual([]);
});

// Between the question and the answer, a start makes a new session.
test("a launch after the question of the session is not lost with that session", async () => {
  const monitored = new Monitored();
  await monitored.presence.sweep();
  monitored.tasks["web"] = STOPPED;
  monitored.answer = async () => {
    monitored.tasks["web"] = { want: "up", run: "2", stoppedRun: "1" };
    return null;
  };
  await monitored.presence.sweep();
  expect(monitored.said).toEqual([]);
});

test("a stop after the question of the session is known", async () => {
  const monitored = new Monitored();
  await monitored.presence.sweep();
  monitored.answer = async () => {
    monitored.tasks["web"] = STOPPED;
    return null;
  };
  await monitored.presence.sweep();
  expect(monitored.said).toEqual([]);
});

test("an answer that comes late does not bring back a session", async () => {
  const monitored = new Monitored();
  await monitored.presence.sweep();
  const late = Promise.withResolvers<TmuxSession | null>();
  monitored.answer = () => late.promise;
  const asked = monitored.presence.checkBeforeRestart("web");
  monitored.answer = async () => null;
  await monitored.presence.checkBeforeRestart("web");
  late.resolve(monitored.found);
  await asked;
  await monitored.presence.checkBeforeRestart("web");
  expect(monitored.said).toEqual([ENDED]);
});

test("a lost launch is reported once, also when a later session ends", async () => {
  const monitored = new Monitored();
  await monitored.presence.sweep();
  for (const found of [null, sessionOf("$1", ["db"]), null]) {
    monitored.found = found;
    await monitored.presence.sweep();
  }
  expect(monitored.said).toEqual([ENDED]);
});

test("a restart whose window is gone reports the end before the control client tells it", async () => {
  const monitored = new Monitored();
  monitored.isWatched = true;
  await monitored.presence.sweep();
  monitored.found = null;
  await monitored.presence.checkBeforeRestart("web");
  expect(monitored.said).toEqual([]);
  monitored.hasWindow = false;
  await monitored.presence.checkBeforeRestart("web");
  expect(monitored.said).toEqual([ENDED]);
});

test("one that was never there has not ended", async () => {
  const monitored = new Monitored();
  monitored.found = null;
  await monitored.presence.sweep();
  expect(monitored.said).toEqual([]);
});

test("records that can't be read are read again, and the end is reported", async () => {
  const monitored = new Monitored();
  await monitored.presence.sweep();
  monitored.found = null;
  const { tasks } = monitored;
  monitored.tasks = new Proxy(tasks, {
    get: () => {
      throw new Error("EMFILE: too many open files");
    },
  });
  await monitored.presence.sweep();
  monitored.tasks = tasks;
  await monitored.presence.sweep();
  expect(monitored.said).toEqual([ENDED]);
});
