import { closeSync, constants, existsSync, openSync, readdirSync } from "node:fs";
import { readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseEvent } from "../../src/domain/events.ts";
import type { Running } from "./command.ts";
import { eventually, eventuallyIs } from "./eventually.ts";
import { type Act, type FaultTask, faultPlan, FAULT_TASKS } from "./fault-plan.ts";
import { processesWith, signal } from "./processes.ts";
import { ask, said } from "./schemas.ts";
import { createWorld, type World } from "./world.ts";

export interface FaultReport {
  commands: number;
  commandsKilled: number;
  accidents: number;
  monitorsKilled: number;
  /** All that went not as promised; empty is good. */
  problems: string[];
  /** What was done and seen when, to find the reason of a problem. */
  trace: string[];
}

/**
 * Tasks crash and exit, the monitor and commands are SIGKILLed, two terminals give orders: `duration` ms long, as `seed`
 * decides. Then it looks whether all is as it was last asked for.
 */
export async function runFaults(seed: number, duration: number): Promise<FaultReport> {
  await using world = createWorld();
  const run = new FaultRun(world);
  await run.begin();
  const over = new AbortController();
  const watching = run.watch(over.signal);
  const deadline = performance.now() + duration;
  await Promise.all(Object.values(faultPlan(seed)).map((acts) => run.perform(acts, deadline)));
  over.abort();
  await watching;
  await run.settle();
  await run.finish();
  return run.report;
}

/** Milliseconds for whatever a correct product does in seconds, on a busy machine too: it ends what hangs. */
const PATIENCE = 240_000;

/** What the monitor may say of a busy machine: tmux has not answered for some seconds. */
const SLOW_TMUX = /^tmux does not answer.*; waiting for it$/;

class FaultRun {
  readonly report: FaultReport = {
    commands: 0,
    commandsKilled: 0,
    accidents: 0,
    monitorsKilled: 0,
    problems: [],
    trace: [],
  };
  readonly #began = performance.now();
  #monitor: Running | null = null;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    const tasks = FAULT_TASKS.map(
      ({ name, fields, ...task }) =>
        `[tasks.${name}]\ncommand = ${JSON.stringify(commandOf(name, task))}\n${fields}\n`,
    );
    world.writeConfig(`name = "faults"\nshell = "sh"\n${tasks.join("")}`);
    for (const { name } of FAULT_TASKS) Bun.spawnSync(["mkfifo", join(world.project, name)]);
  }

  async begin(): Promise<void> {
    this.#startMonitor();
    await eventually(() => this.#isMonitored());
  }

  async perform(acts: Iterable<Act>, deadline: number): Promise<void> {
    for (const act of acts) {
      if (performance.now() + act.pause >= deadline) return;
      await Bun.sleep(act.pause);
      await this.#act(act);
    }
  }

  async #act(act: Act): Promise<void> {
    switch (act.kind) {
      case "command":
        return this.#together(act.times, () => this.#command(act.words, act.dies));
      case "crash":
        return this.#crash(act.task);
      case "exit":
        this.report.accidents++;
        this.#note(`${act.task} is made to exit with ${act.status}`);
        return tell(join(this.#world.project, act.task), act.status);
      case "kill monitor":
        return this.#replaceMonitor();
    }
  }

  async #together(times: number, act: () => Promise<void>): Promise<void> {
    await Promise.all(Array.from({ length: times }, act));
  }

  async #command(words: string[], dies: number | null): Promise<void> {
    const line = words.join(" ");
    this.report.commands++;
    this.#note(`${line}${dies === null ? "" : `, killed after ${dies} ms`}`);
    const running = this.#world.spawn([...words, "--json"]);
    if (dies !== null) {
      await Bun.sleep(dies);
      running.signal("SIGKILL");
      this.report.commandsKilled++;
    }
    try {
      const output = await running.ended(PATIENCE);
      this.#note(`${line}: ${output.stdout.trim() || `nothing (${output.exitCode})`}`);
      if (output.exitCode === 137 && dies !== null) return;
      const { result } = said(output, schemaOf(words));
      if (output.stdout.includes("E900")) this.#problem(`${line}: ${JSON.stringify(result)}`);
    } catch (error) {
      this.#problem(`${line}: ${(error as Error).message}`);
    }
  }

  /** SIGKILL to its main process, as the run directory names it. */
  async #crash(task: string): Promise<void> {
    const record = join(this.#world.home, ".taskmux/run/faults/tasks", task, "record");
    const pid = existsSync(record) ? Number(readFileSync(record, "utf8").split(" ")[2]) : 0;
    if (!(pid > 1) || launchOf(this.#world, pid)?.task !== task) return;
    this.report.accidents++;
    this.#note(`${task} crashes, pid ${pid}`);
    signal(pid, "SIGKILL");
  }

  #startMonitor(): void {
    this.#monitor = this.#world.spawn(["start", "-m", "--json"]);
    this.#note(`monitor is pid ${this.#monitor.pid}`);
  }

  async #replaceMonitor(): Promise<void> {
    const old = this.#monitor!;
    this.#note(`monitor ${old.pid} is killed`);
    old.signal("SIGKILL");
    this.report.monitorsKilled++;
    const { exitCode } = await old.ended();
    if (exitCode !== 137) this.#problem(`monitor ended by itself with ${exitCode}`);
    this.#checkMonitorOutput(old);
    this.#startMonitor();
  }

  /** JSON Lines; the last one may be torn by the SIGKILL. */
  #checkMonitorOutput(monitor: Running): void {
    for (const line of monitor.lines()) {
      if (parseEvent(line) === null) this.#problem(`monitor said: ${line}`);
    }
    const said = monitor.stderr().split("\n");
    const notices = said.filter((line) => line !== "" && !SLOW_TMUX.test(line));
    if (notices.length > 0) this.#problem(`monitor said on stderr: ${notices.join("\n")}`);
  }

  /** Looks all the time whether a task has processes of two launches, twice in a row the same ones. */
  async watch(over: AbortSignal): Promise<void> {
    let before: string[] = [];
    while (!over.aborted) {
      const doubles = [...launchesOf(this.#world)].filter(([, pids]) => hasTwo(pids)).map(shown);
      for (const double of doubles.filter((one) => before.includes(one))) {
        this.#problem(`runs twice: ${double}`);
      }
      before = doubles;
      await Bun.sleep(100);
    }
  }

  async #isMonitored(): Promise<boolean> {
    const { result } = await ask(this.#world, "status");
    return result.monitor?.pid === this.#monitor!.pid;
  }

  /** Every task comes to what its `want` and its policy call for, and stays there. */
  async settle(): Promise<void> {
    try {
      await this.#stopAgain();
      await eventually(() => this.#isMonitored());
      await eventuallyIs(
        async () => {
          const { result } = await ask(this.#world, "status");
          const launches = launchesOf(this.#world);
          return result.tasks.flatMap((task: any) => unsettled(task, launches) ?? []);
        },
        (tasks) => tasks.length === 0,
        { timeout: PATIENCE, interval: 250 },
      );
    } catch (error) {
      this.#problem(`not settled: ${(error as Error).message}`);
    }
    this.#note(`settled: ${(await this.#world.run(["status", "--json"])).stdout.trim()}`);
  }

  /** Of the stops that were killed half-way nobody does the rest. */
  async #stopAgain(): Promise<void> {
    const { result } = await ask(this.#world, "status");
    const down = result.tasks.filter(({ want }: any) => want === "down");
    for (const { name } of down) await this.#command(["stop", name], null);
  }

  async finish(): Promise<void> {
    const { result } = await ask(this.#world, "stop");
    if (!result.ok) this.#problem(`the last stop: ${JSON.stringify(result)}`);
    const left = [...launchesOf(this.#world)].map(shown);
    if (left.length > 0) this.#problem(`left over after the stop: ${left.join(", ")}`);
    this.#monitor!.signal("SIGINT");
    const { exitCode } = await this.#monitor!.ended();
    if (exitCode !== 130) this.#problem(`monitor ended with ${exitCode} after SIGINT`);
    this.#checkMonitorOutput(this.#monitor!);
    await this.#checkLeftovers();
    this.#checkEvents();
    await this.#checkFiles();
  }

  async #checkLeftovers(): Promise<void> {
    const entry = `TASKMUX_TEST_WORLD=${this.#world.root}`;
    const none = eventuallyIs(
      () => processesWith(entry).map(argumentsOf).filter(Boolean),
      (left) => left.length === 0,
      { timeout: PATIENCE },
    );
    await none.catch((error: Error) => this.#problem(`left over: ${error.message}`));
  }

  #checkEvents(): void {
    const text = readFileSync(join(this.#world.home, ".taskmux/events.jsonl"), "utf8");
    if (!text.endsWith("\n")) this.#problem("the last event is torn");
    for (const line of text.split("\n").slice(0, -1)) {
      if (parseEvent(line) === null) this.#problem(`no event: ${line}`);
    }
  }

  /** The log hub may be at its last files. */
  async #checkFiles(): Promise<void> {
    const directory = join(this.#world.home, ".taskmux");
    const unfinished = () =>
      [...new Bun.Glob("**/*").scanSync({ cwd: directory, dot: true })].filter(
        (file) => file.endsWith(".tmp") || file.endsWith(".new"),
      );
    const none = eventuallyIs(unfinished, ({ length }) => length === 0, { timeout: PATIENCE });
    await none.catch((error: Error) => this.#problem(`unfinished files: ${error.message}`));
  }

  #note(text: string): void {
    const at = ((performance.now() - this.#began) / 1000).toFixed(3);
    this.report.trace.push(`${at} ${new Date().toISOString()} ${text}`);
  }

  #problem(text: string): void {
    this.report.problems.push(text);
    this.#note(`PROBLEM ${text}`);
  }
}

/** What was done and seen right before the first problems: the end of a long output shows these lines too. */
export const beforeProblems = ({ problems, trace }: FaultReport): string[] =>
  problems.slice(0, 2).flatMap((problem) => {
    const at = trace.findIndex((line) => line.endsWith(`PROBLEM ${problem}`));
    return trace.slice(Math.max(0, at - 12), at).map((line) => line.slice(0, 150));
  });

/** Waits in its shell for an exit status from a FIFO, so that its main process is all that it has. */
function commandOf(name: string, { isJob, prelude = "" }: Omit<FaultTask, "name" | "fields">) {
  return isJob ? "exit 0" : `${prelude}read -r status <>${name}; exit $status`;
}

/** The listening process, if any, exits with this status. */
function tell(fifo: string, status: number): void {
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  writeSync(fd, `${status}\n`);
  closeSync(fd);
}

/** What is not as it should be with a task; null if all is. */
function unsettled(status: any, launches: ReadonlyMap<string, Launches>): string | null {
  const { name, want, state, pid } = status;
  const own = launches.get(name) ?? new Map<number, string>();
  const isUp = want === "up" && state === "running" && own.has(pid) && !hasTwo(own);
  if (pid === null ? isRightEnd(status, own.size) : isUp) return null;
  return `want ${want}, state ${state}, pid ${pid}, ${shown([name, own])}`;
}

/** Whether a task without a process is as it should be, if `left` processes of its launches live. */
function isRightEnd({ name, want, state, exit_code }: any, left: number): boolean {
  if (want === "down") return state === "stopped" && left === 0;
  // A start that was killed before it came to this task.
  if (state === "stopped") return left === 0;
  if (name === "job") return state === "exited";
  if (name === "never") return state === "failed" || state === "exited";
  const isDone = state === "exited" && exit_code === 0;
  if (name === "limited") return isDone || state === "failed";
  return isDone && (name === "api" || name === "worker");
}

/** The launch of each living process of a task, by its pid. */
type Launches = ReadonlyMap<number, string>;

const hasTwo = (pids: Launches): boolean => new Set(pids.values()).size > 1;

const shown = ([task, pids]: [string, Launches]): string => `${task}: ${JSON.stringify([...pids])}`;

/** All living processes of launches in this world, by task. */
function launchesOf(world: World): Map<string, Map<number, string>> {
  const found = new Map<string, Map<number, string>>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    const launch = pid > 0 ? launchOf(world, pid) : null;
    if (launch === null) continue;
    const pids = found.get(launch.task) ?? new Map<number, string>();
    found.set(launch.task, pids.set(pid, launch.run));
  }
  return found;
}

/** The launch that a process comes from; null for all else, checks and hooks included. */
function launchOf(world: World, pid: number): { task: string; run: string } | null {
  const environment = `\0${environmentOf(pid)}`;
  if (!environment.includes(`\0TASKMUX_TEST_WORLD=${world.root}\0`)) return null;
  const [task, run] = ["TASK", "RUN"].map(
    (name) => new RegExp(`\0TASKMUX_${name}=([^\0]+)`).exec(environment)?.[1],
  );
  return task && run ? { task, run } : null;
}

const environmentOf = (pid: number): string => readProc(pid, "environ");
const argumentsOf = (pid: number): string => readProc(pid, "cmdline").replaceAll("\0", " ");

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}

/** The schema of a command's answer, by its verb and how many names it has. */
function schemaOf([verb = "", ...names]: string[]): string {
  if (verb === "status") return "statusSchema";
  const count = names.length === 0 ? "All" : names.length === 1 ? "Task" : "Tasks";
  return `${verb}${count}Schema`;
}
