import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { readProcess } from "../../../src/adapters/processes/table.ts";
import { eventually } from "../../helpers/eventually.ts";
import { worldProcesses } from "../../helpers/world-processes.ts";
import { signal } from "../../helpers/processes.ts";
import { spawnOnTerminal } from "../../helpers/terminal.ts";
import { createWorld, type World } from "../../helpers/world.ts";
import { Births } from "../births.ts";
import { CpuGroup } from "./cpu-group.ts";
import { ToolProcesses } from "./processes.ts";
import type { BenchTask, Tool } from "./tool.ts";

/** Milliseconds that a tool may take to start or stop all, and to start a task that has crashed. */
const LIMIT = 40_000;
const RELAUNCH_LIMIT = 5000;

/** A world with a project of one tool; all that ran in it is ended with it, whatever the tool does. */
export class ToolStage implements AsyncDisposable {
  readonly #world: World = createWorld();
  readonly #births = new Births(this.#world.root);
  readonly #group = CpuGroup.make();
  readonly #tool: Tool;
  readonly processes: ToolProcesses;

  constructor(tool: Tool, tasks: (stage: ToolStage) => BenchTask[]) {
    this.#tool = tool;
    this.processes = new ToolProcesses(this.#world, tool, this.#group);
    const { project, home } = this.#world;
    const files = tool.files(tasks(this), { project, home });
    for (const [path, content] of Object.entries(files))
      this.#world.write(relative(project, resolve(project, path)), content);
  }

  get home(): string {
    return this.#world.home;
  }

  /** An absolute path outside of the project. */
  path(name: string): string {
    return join(this.#world.root, name);
  }

  /** A script that tells of its birth, does what `body` says, then lives and costs nothing. */
  script(body = "", name = "task"): string {
    const text = `#!/bin/sh\necho $$ >${this.path("born")}\n${body}\nexec sleep 100000\n`;
    return this.#world.write(`../${name}.sh`, text, 0o755);
  }

  /** Starts the project; ms until `count` processes of it live. Returns when the command has ended, where it does. */
  async start(count: number): Promise<number> {
    const began = performance.now();
    const ended = this.begin();
    await this.born(count);
    const took = performance.now() - began;
    if (this.#tool.startThen === "returns") await ended;
    return took;
  }

  /** Starts the project; the promise is of the command's end. */
  begin(): Promise<number> {
    const { start, startThen } = this.#tool;
    if (startThen !== "stays on a terminal") return this.spawn(start).exited;
    const { project: cwd, env } = this.#world;
    return this.#held(() => spawnOnTerminal(start, { cwd, env, cols: 120, rows: 40 })).ended();
  }

  /** The pids of the next `count` processes that live; the limit is on the wait for them. */
  async born(count: number, limit = LIMIT): Promise<number[]> {
    const pids = await this.#births.gather(count, limit).catch(() => {
      throw new Error(`no new process within ${limit / 1000} s`);
    });
    for (const pid of pids) this.processes.tasks.add(pid);
    return pids;
  }

  /** Kills a task's process; ms until the next one lives. Gives its pid. */
  async crash(pid: number): Promise<{ took: number; next: number }> {
    const began = performance.now();
    process.kill(pid, "SIGKILL");
    this.processes.tasks.delete(pid);
    const [next] = await this.born(1, RELAUNCH_LIMIT);
    return { took: performance.now() - began, next: next! };
  }

  /** Stops the project; ms until no process of a task lives, and until the command has ended. */
  async stop(): Promise<{ gone: number; returned: number }> {
    const began = performance.now();
    const since = () => performance.now() - began;
    const returned = this.spawn(this.#tool.stop).exited.then(since);
    const areGone = () => this.processes.tasks.keys().every((pid) => readProcess(pid) === null);
    await eventually(areGone, { timeout: LIMIT, interval: 1 }).catch(() => {
      throw new Error(`a task's process was left after ${LIMIT / 1000} s`);
    });
    const gone = since();
    this.processes.tasks.clear();
    return { gone, returned: await returned };
  }

  /** Runs a command until it ends; ms, and what it printed. Its status is not looked at: tools differ in it. */
  async run(argv: string[]): Promise<{ took: number; output: string }> {
    const output = this.path("output");
    const began = performance.now();
    await this.spawn(argv, Bun.file(output)).exited;
    return { took: performance.now() - began, output: readFileSync(output, "utf8") };
  }

  /** Starts a program in the project's directory. */
  spawn<Out extends "pipe" | "ignore" | Bun.BunFile = "ignore">(
    argv: string[],
    stdout: Out = "ignore" as Out,
  ): Bun.Subprocess<"ignore", Out, "ignore"> {
    const { project: cwd, env } = this.#world;
    return this.#held(() =>
      Bun.spawn(argv, { cwd, env, stdin: "ignore", stdout, stderr: "ignore" }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#births[Symbol.dispose]();
    await this.#world.dispose();
    await eventually(() => {
      const left = worldProcesses(this.#world);
      for (const pid of left) signal(pid, "SIGKILL");
      return left.length === 0;
    });
    await this.#group?.[Symbol.asyncDispose]();
  }

  #held<T>(spawn: () => T): T {
    return this.#group ? this.#group.holding(spawn) : spawn();
  }
}
