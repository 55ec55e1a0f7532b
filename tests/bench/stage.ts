import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { builtBinary, root } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { createWorld, type World } from "../helpers/world.ts";
import type { Took } from "./figures.ts";

const SESSION = "bench";
const RAW = "raw";

/** Lives until it is told to end, costs nothing, and ends on C-c. */
export const COMMAND = "exec sleep 100000";

/** A world with a project of `count` such tasks, and the programs that are timed in it. */
export class Stage implements AsyncDisposable {
  readonly #world: World = createWorld();
  readonly #hello: string;

  constructor(readonly count: number) {
    this.#hello = buildHello(join(this.#world.root, "hello"));
    const tasks = this.names.map((name) => `${name} = "${COMMAND}"\n`).join("");
    this.#world.writeConfig(`name = "${SESSION}"\n[tasks]\n${tasks}`);
    // It must not be built while something is timed.
    builtBinary();
  }

  get names(): string[] {
    return Array.from({ length: this.count }, (_, index) => `task${index}`);
  }

  /** Runs our binary; throws unless it ends with 0. */
  taskmux(...args: string[]): Took {
    return this.#time([builtBinary(), ...args]).took;
  }

  /** The least a command of ours can take: a binary built as ours that says a word, and a question to tmux. */
  leastCommand(): number {
    const hello = this.#time([this.#hello]).took.wall;
    return hello + this.tmux("list-panes", "-s", "-t", `=${SESSION}`).wall;
  }

  tmux(...args: string[]): Took {
    return this.#time(["tmux", "-u", ...args]).took;
  }

  /** Opens a session with as many windows of the same command by one tmux call; ms. */
  startRaw(): number {
    const windows = this.names
      .slice(1)
      .flatMap(() => [";", "new-window", "-d", "-t", `=${RAW}:`, COMMAND]);
    return this.tmux("new-session", "-d", "-s", RAW, COMMAND, ...windows).wall;
  }

  /** Ends that session; ms until all its processes are gone. */
  async stopRaw(): Promise<number> {
    const pids = this.#time(["tmux", "list-panes", "-s", "-t", `=${RAW}`, "-F", "#{pane_pid}"]);
    const began = performance.now();
    this.tmux("kill-session", "-t", `=${RAW}`);
    const living = pids.output.trim().split("\n").filter(isThere);
    await eventually(() => !living.some(isThere), { interval: 1 });
    return performance.now() - began;
  }

  /** Keeps the tmux server alive when the sessions that are timed end. */
  keepServer(): void {
    this.tmux("new-session", "-d", "-s", "keeper", COMMAND);
  }

  /** Returns when nothing that a start has set going is still under way: every log writer has written. */
  async settled(): Promise<void> {
    const logs = this.names.map((name) =>
      join(this.#world.home, `.taskmux/logs/${SESSION}/${name}.log`),
    );
    const hasStarted = (log: string) => lastLine(log).includes("[taskmux] started");
    await eventually(() => logs.every(hasStarted), { timeout: 30_000, interval: 50 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#world.dispose();
  }

  #time(argv: string[]): { took: Took; output: string } {
    const { project: cwd, env } = this.#world;
    const began = performance.now();
    const child = Bun.spawnSync(argv, { cwd, env, stdin: "ignore" });
    const wall = performance.now() - began;
    const output = child.stdout.toString();
    if (child.exitCode !== 0)
      throw new Error(`${argv.join(" ")}: ${output}${child.stderr.toString()}`);
    return { took: { wall, cpu: Number(child.resourceUsage.cpuTime.total) / 1000 }, output };
  }
}

/** Built by our own build script, so that its flags are ours by construction. */
function buildHello(directory: string): string {
  mkdirSync(join(directory, "src"), { recursive: true });
  for (const file of ["build.ts", "package.json"])
    copyFileSync(join(root, file), join(directory, file));
  writeFileSync(join(directory, "src/main.ts"), 'console.log("hello");\n');
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, join(directory, "build.ts")]);
  if (exitCode !== 0)
    throw new Error(`The build of the floor's binary failed:\n${stderr.toString()}`);
  return join(directory, "dist/taskmux");
}

const lastLine = (path: string): string =>
  existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n").at(-1)! : "";

function isThere(pid: string): boolean {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
}
