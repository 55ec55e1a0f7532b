import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { readProcess } from "../../../src/adapters/process-table.ts";
import { eventually } from "../../helpers/eventually.ts";
import { processesWith } from "../../helpers/processes.ts";
import { spawnOnTerminal } from "../../helpers/terminal.ts";
import { createWorld, type World } from "../../helpers/world.ts";
import { Births } from "../births.ts";
import { sharedOut } from "../measure.ts";
import type { PeerTask, Tool } from "./peer.ts";

/** Milliseconds that a tool may take for anything. */
const LIMIT = 40_000;

/** What a tool takes of the memory for itself, MB; tmux's part is told apart. */
export interface Memory {
  own: number;
  tmux: number;
}

/** A world with a project of one tool; all that ran in it is ended with it, whatever the tool does. */
export class PeerStage implements AsyncDisposable {
  readonly #world: World = createWorld();
  readonly #births = new Births(this.#world.root);
  readonly #tool: Tool;
  /** The tasks' processes that live. */
  readonly #pids = new Set<number>();

  constructor(tool: Tool, tasks: (stage: PeerStage) => PeerTask[]) {
    this.#tool = tool;
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

  /** A script that tells of its birth, prints what it is told to, lives and costs nothing. */
  script(print = ""): string {
    const body = `echo $$ >${this.path("born")}\n${print}\nexec sleep 100000\n`;
    return this.#world.write("../task.sh", `#!/bin/sh\n${body}`, 0o755);
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
    if (startThen !== "stays on a terminal") return this.#spawn(start).exited;
    const { project: cwd, env } = this.#world;
    return spawnOnTerminal(start, { cwd, env, cols: 120, rows: 40 }).ended();
  }

  /** The pids of the next `count` processes that live; the limit is on the wait for them. */
  async born(count: number): Promise<number[]> {
    const pids = await this.#births.gather(count, LIMIT).catch(() => {
      throw new Error(`no new process within ${LIMIT / 1000} s`);
    });
    for (const pid of pids) this.#pids.add(pid);
    return pids;
  }

  /** Kills a task's process; ms until the next one lives. Gives its pid. */
  async crash(pid: number): Promise<{ took: number; next: number }> {
    const began = performance.now();
    process.kill(pid, "SIGKILL");
    this.#pids.delete(pid);
    const [next] = await this.born(1);
    return { took: performance.now() - began, next: next! };
  }

  /** Stops the project; ms until no process of a task lives. Returns when the command has ended. */
  async stop(): Promise<number> {
    const began = performance.now();
    const ended = this.run(this.#tool.stop);
    const areGone = () => this.#pids.keys().every((pid) => readProcess(pid) === null);
    await eventually(areGone, { timeout: LIMIT, interval: 1 }).catch(() => {
      throw new Error(`a task's process was left after ${LIMIT / 1000} s`);
    });
    const took = performance.now() - began;
    await ended;
    this.#pids.clear();
    return took;
  }

  /** Runs a command until it ends; ms, and what it printed. Its status is not looked at: tools differ in it. */
  async run(argv: string[]): Promise<{ took: number; output: string }> {
    const output = this.path("output");
    const began = performance.now();
    await this.#spawn(argv, output).exited;
    return { took: performance.now() - began, output: readFileSync(output, "utf8") };
  }

  /** Of all processes of this world but the tasks'. */
  memory(): Memory {
    const pids = processesWith(`HOME=${this.home}`).filter((pid) => !this.#pids.has(pid));
    const isTmux = (pid: number) => readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("tmux");
    const { own = [], tmux = [] } = Object.groupBy(pids, (pid) => (isTmux(pid) ? "tmux" : "own"));
    return { own: sharedOut(own), tmux: sharedOut(tmux) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#births[Symbol.dispose]();
    await this.#world.dispose();
  }

  #spawn(argv: string[], output = "/dev/null"): Bun.Subprocess {
    const { project: cwd, env } = this.#world;
    const stdout = Bun.file(output);
    return Bun.spawn(argv, { cwd, env, stdin: "ignore", stdout, stderr: "ignore" });
  }
}
