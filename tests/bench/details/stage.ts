import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtBinary } from "../../helpers/binary.ts";
import { eventually } from "../../helpers/eventually.ts";
import { addWorktree, commitAll, git } from "../../helpers/git.ts";
import { createWorld, type World } from "../../helpers/world.ts";
import type { Took } from "./figures.ts";
import { buildHello } from "../hello.ts";

const SESSION = "bench";

/** Runs until it is stopped, costs nothing, and ends on C-c. */
export const COMMAND = "exec sleep 100000";

/** A world with a project of `count` such tasks, and the programs that are timed in it. */
export class Stage implements AsyncDisposable {
  readonly #world: World = createWorld();
  readonly #hello: string;

  /** Where the commands run. */
  #directory = this.#world.project;
  #session = SESSION;

  constructor(readonly count: number) {
    this.#hello = buildHello(join(this.#world.root, "hello"));
    const tasks = this.names.map((name) => `${name} = "${COMMAND}"\n`).join("");
    this.#world.writeConfig(`name = "${SESSION}"\n[tasks]\n${tasks}`);
    // It must not be built while something is timed.
    builtBinary();
  }

  /** From now on the commands run in a linked git worktree, which has a session of its own. */
  async moveToWorktree(): Promise<void> {
    await git(this.#world, ["init", "-q"]);
    await commitAll(this.#world);
    this.#directory = await addWorktree(this.#world, "tree");
    this.#session = `${SESSION}-tree`;
  }

  get names(): string[] {
    return Array.from({ length: this.count }, (_, index) => `task${index}`);
  }

  /** Runs our binary; throws unless it ends with 0. */
  taskmux(...args: string[]): Took {
    return this.#time([builtBinary(), ...args]).took;
  }

  /** The least a command of taskmux can take: a binary built as ours that says a word, and a question to tmux. */
  leastCommand(): number {
    const hello = this.#time([this.#hello]).took.wall;
    return hello + this.tmux("list-panes", "-s", "-t", `=${this.#session}`).wall;
  }

  tmux(...args: string[]): Took {
    return this.#time(["tmux", "-u", ...args]).took;
  }

  /** Returns when nothing that a start has set going is still under way: every log writer has written. */
  async settled(): Promise<void> {
    const logs = this.names.map((name) =>
      join(this.#world.home, `.taskmux/logs/${this.#session}/${name}.log`),
    );
    const hasStarted = (log: string) => lastLine(log).includes("[taskmux] started");
    await eventually(() => logs.every(hasStarted), { timeout: 30_000, interval: 50 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#world.dispose();
  }

  #time(argv: string[]): { took: Took; output: string } {
    const { env } = this.#world;
    const cwd = this.#directory;
    const began = performance.now();
    const child = Bun.spawnSync(argv, { cwd, env, stdin: "ignore" });
    const wall = performance.now() - began;
    const output = child.stdout.toString();
    if (child.exitCode !== 0)
      throw new Error(`${argv.join(" ")}: ${output}${child.stderr.toString()}`);
    return { took: { wall, cpu: Number(child.resourceUsage.cpuTime.total) / 1000 }, output };
  }
}

const lastLine = (path: string): string =>
  existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n").at(-1)! : "";
