import { closeSync, constants, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseEvent } from "../../src/domain/events.ts";
import type { Running } from "./command.ts";
import { eventually, eventuallyIs } from "./eventually.ts";
import { type Act, type FaultTask, faultPlan, faultTasks } from "./fault-plan.ts";
import { processesWith, signal } from "./processes.ts";
import { ask, processesOf, said } from "./schemas.ts";
import { createWorld, type World } from "./world.ts";

export interface FaultReport {
  commands: number;
  commandsKilled: number;
  accidents: number;
  monitorsKilled: number;
  /** All that went not as promised; empty is good. */
  problems: string[];
  /** What was done and seen when, for whoever looks for the reason of a problem. */
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

  constructor(private readonly world: World) {
    const tasks = faultTasks.map(
      ({ name, fields, ...task }) =>
        `[tasks.${name}]\ncommand = ${JSON.stringify(commandOf(name, task))}\n${fields}\n`,
    );
    world.writeConfig(`name = "faults"\nshell = "sh"\n${tasks.join("")}`);
    for (const { name } of faultTasks) Bun.spawnSync(["mkfifo", join(world.project, name)]);
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
        return this.#command(act.words, act.dies);
      case "crash":
        return this.#crash(act.task);
      case "exit":
        this.report.accidents++;
        this.#note(`${act.task} is told to exit with ${act.status}`);
        return tell(join(this.world.project, act.task), act.status);
      case "kill monitor":
        return this.#replaceMonitor();
    }
  }

  async #command(words: string[], dies: number | null): Promise<void> {
    const line = words.join(" ");
    this.report.commands++;
    this.#note(`${line}${dies === null ? "" : `, killed after ${dies} ms`}`);
    const running = this.world.spawn([...words, "--json"]);
    if (dies !== null) {
      await Bun.sleep(dies);
      running.signal("SIGKILL");
      this.report.commandsKilled++;
    }
    try {
      const output = await running.ended(60_000);
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
    const record = join(this.world.home, ".taskmux/run/faults/tasks", task, "record");
    const pid = existsSync(record) ? Number(readFileSync(record, "utf8").split(" ")[2]) : 0;
    if (!(pid > 1) || !processesOf(this.world, task).includes(pid)) return;
    this.report.accidents++;
    this.#note(`${task} crashes, pid ${pid}`);
    signal(pid, "SIGKILL");
  }

  #startMonitor(): void {
    this.#monitor = this.world.spawn(["start", "-m", "--json"]);
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
    if (monitor.stderr() !== "") this.#problem(`monitor said on stderr: ${monitor.stderr()}`);
  }

  /** Looks all the time whether a task has processes of two launches, twice in a row the same ones. */
  async watch(over: AbortSignal): Promise<void> {
    let before = new Set<string>();
    while (!over.aborted) {
      const doubles = new Set(faultTasks.flatMap(({ name }) => this.#doubleOf(name) ?? []));
      for (const double of doubles) {
        if (before.has(double)) this.#problem(`runs twice: ${double}`);
      }
      before = doubles;
      await Bun.sleep(100);
    }
  }

  #doubleOf(task: string): string | null {
    const found = launchesOf(this.world, task);
    return new Set(found.values()).size > 1 ? `${task}: ${JSON.stringify([...found])}` : null;
  }

  async #isMonitored(): Promise<boolean> {
    const { result } = await ask(this.world, "status");
    return result.monitor?.pid === this.#monitor!.pid;
  }

  /** Every task comes to what its `want` and its policy call for, and stays there. */
  async settle(): Promise<void> {
    try {
      await eventually(() => this.#isMonitored());
      await eventuallyIs(
        async () => {
          const { result } = await ask(this.world, "status");
          return result.tasks.flatMap((task: any) => this.#unsettled(task) ?? []);
        },
        (unsettled) => unsettled.length === 0,
        { timeout: 30_000, interval: 250 },
      );
    } catch (error) {
      this.#problem(`not settled: ${(error as Error).message}`);
    }
    this.#note(`settled: ${(await this.world.run(["status", "--json"])).stdout.trim()}`);
  }

  #unsettled(status: any): string | null {
    const { name, want, state, pid } = status;
    const runs = launchesOf(this.world, name);
    const isOne = runs.has(pid) && new Set(runs.values()).size === 1;
    // What a task has left running behind its back lives until it is launched or stopped.
    const isRight = pid === null ? isRightEnd(status, runs.size) : state === "running" && isOne;
    return isRight
      ? null
      : `${name}: want ${want}, state ${state}, pid ${pid}, launches ${JSON.stringify([...runs])}`;
  }

  async finish(): Promise<void> {
    const { result } = await ask(this.world, "stop");
    if (!result.ok) this.#problem(`the last stop: ${JSON.stringify(result)}`);
    const left = faultTasks.flatMap(({ name }) => [...launchesOf(this.world, name).keys()]);
    if (left.length > 0) this.#problem(`left over after the stop: ${left.join(", ")}`);
    this.#monitor!.signal("SIGINT");
    const { exitCode } = await this.#monitor!.ended();
    if (exitCode !== 130) this.#problem(`monitor ended with ${exitCode} after SIGINT`);
    this.#checkMonitorOutput(this.#monitor!);
    await this.#checkLeftovers();
    this.#checkEvents();
    this.#checkFiles();
  }

  async #checkLeftovers(): Promise<void> {
    const entry = `TASKMUX_TEST_WORLD=${this.world.root}`;
    const none = eventuallyIs(
      () => processesWith(entry).map(argumentsOf).filter(Boolean),
      (left) => left.length === 0,
      { timeout: 5000 },
    );
    await none.catch((error: Error) => this.#problem(`left over: ${error.message}`));
  }

  #checkEvents(): void {
    const text = readFileSync(join(this.world.home, ".taskmux/events.jsonl"), "utf8");
    if (!text.endsWith("\n")) this.#problem("the last event is torn");
    for (const line of text.split("\n").slice(0, -1)) {
      if (parseEvent(line) === null) this.#problem(`no event: ${line}`);
    }
  }

  #checkFiles(): void {
    const directory = join(this.world.home, ".taskmux");
    const files = [...new Bun.Glob("**/*").scanSync({ cwd: directory, dot: true })];
    const unfinished = files.filter((file) => file.endsWith(".tmp") || file.endsWith(".new"));
    if (unfinished.length > 0) this.#problem(`unfinished files: ${unfinished.join(", ")}`);
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

/** Waits in its shell for an exit status from a FIFO, so that its main process is all that it has. */
function commandOf(name: string, { isJob, prelude = "" }: Omit<FaultTask, "name" | "fields">) {
  return isJob ? "exit 0" : `${prelude}read -r status <>${name}; exit $status`;
}

/** Whoever listens ends with this status; nobody may. */
function tell(fifo: string, status: number): void {
  const fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  writeSync(fd, `${status}\n`);
  closeSync(fd);
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

/** The task's living processes: the launch that each comes from, by pid. */
function launchesOf(world: World, task: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const pid of processesOf(world, task)) {
    const run = /(?:^|\0)TASKMUX_RUN=([^\0]+)/.exec(environmentOf(pid))?.[1];
    if (run !== undefined) found.set(pid, run);
  }
  return found;
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
