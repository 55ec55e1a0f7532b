import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtBinary } from "./binary.ts";
import { type Running, type Output, spawn } from "./command.ts";
import { endProcessesWith } from "./processes.ts";
import { makeSetsid } from "./setsid.ts";
import { type OnTerminal, spawnOnTerminal } from "./terminal.ts";

export interface RunOptions {
  /** Default: the world's project directory. */
  cwd?: string;
  /** In addition to the world's own clean environment; undefined takes a name away. */
  env?: Record<string, string | undefined>;
  /** What is typed; without it stdin is empty. */
  stdin?: string;
  /** Milliseconds after which the command is ended and an error is thrown. */
  timeout?: number;
}

/**
 * A machine of its own for one test: HOME, tmux server and project directory in a temporary directory.
 * `await using world = createWorld()` ends all that ran in it and removes it.
 */
export interface World extends AsyncDisposable {
  /** The directory that holds all of it. Short, for a socket's path is limited to about 100 bytes. */
  readonly root: string;
  readonly home: string;
  readonly project: string;
  /** The environment of everything that runs in this world; TMUX is not in it. */
  readonly env: Record<string, string>;
  /** Writes `taskmux.toml` (or a file of another name) into the project and returns its path. */
  writeConfig(toml: string, name?: string): string;
  /** Writes a file, its directories too; the path is relative to the project. Returns the absolute path. */
  write(path: string, content: string, mode?: number): string;
  /** Runs the built `taskmux` until it ends. */
  run(args: string[], options?: RunOptions): Promise<Output>;
  /** Starts the built `taskmux` and leaves it running: `logs -f`, `daemon`, .. */
  spawn(args: string[], options?: RunOptions): Running;
  /** Starts the built `taskmux` on a terminal, 80x24 unless said otherwise. */
  spawnOnTerminal(
    args: string[],
    options?: RunOptions & { cols?: number; rows?: number },
  ): OnTerminal;
  /** Runs any other program in this world until it ends. */
  runProgram(argv: string[], options?: RunOptions): Promise<Output>;
  /** Starts any other program in this world and leaves it running. */
  spawnProgram(argv: string[], options?: RunOptions): Running;
  /** Runs tmux on this world's server and returns its stdout less the last newline; throws where tmux fails. */
  tmux(...args: string[]): Promise<string>;
  dispose(): Promise<void>;
}

/** `binary` gives the `taskmux` that is run. */
export function createWorld(binary = builtBinary): World {
  const root = mkdtempSync(join(worldsDirectory, worldsPrefix(process.env[RUN_MARK] ?? "x")));
  const [home, project, sockets] = [join(root, "home"), join(root, "project"), join(root, "s")];
  for (const directory of [home, project, sockets]) mkdirSync(directory, { mode: 0o700 });
  const env = cleanEnvironment(root, home, sockets);
  if (Bun.which("setsid") === null) env["PATH"] = `${makeSetsid(root)}:${env["PATH"]}`;

  const placed = <T extends RunOptions>(options: T) => ({
    ...options,
    cwd: options.cwd ?? project,
    env: merged(env, options.env),
  });
  const spawnProgram = (argv: string[], options: RunOptions = {}): Running =>
    spawn(argv, placed(options));
  const runProgram = (argv: string[], options: RunOptions = {}): Promise<Output> =>
    spawnProgram(argv, options).ended(options.timeout);
  const write = (path: string, content: string, mode = 0o644): string => {
    const target = join(project, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { mode });
    return target;
  };
  const tmux = async (...args: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runProgram(["tmux", "-u", ...args], { cwd: "/" });
    // A server that ends with what it kills may not have answered before.
    const isEnd = args[0]?.startsWith("kill-") && stderr.includes("server exited");
    if (exitCode !== 0 && !isEnd) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
    return stdout.replace(/\n$/, "");
  };
  const dispose = async (): Promise<void> => {
    // It fails where no server runs; one that hangs is ended with the rest.
    await tmux("kill-server").catch(() => {});
    await endProcessesWith(`${MARK}=${root}`, root);
    rmSync(root, { recursive: true, force: true });
  };
  return {
    root,
    home,
    project,
    env,
    write,
    writeConfig: (toml, name = "taskmux.toml") => write(name, toml),
    run: (args, options) => runProgram([binary(), ...args], options),
    spawn: (args, options) => spawnProgram([binary(), ...args], options),
    spawnOnTerminal: (args, options = {}) => spawnOnTerminal([binary(), ...args], placed(options)),
    runProgram,
    spawnProgram,
    tmux,
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Every process of a world bears it, with the world's root as its value; that is how leftovers are found. */
const MARK = "TASKMUX_TEST_WORLD";

/** Every process of a test run bears it, to be found where a test couldn't dispose of its world. */
export const RUN_MARK = "TASKMUX_TEST_RUN";

/** Not TMPDIR: on macOS its path alone is nearly as long as a socket's may be. */
export const worldsDirectory = realpathSync("/tmp");

/** How the directories of a run's worlds begin. */
export const worldsPrefix = (run: string): string => `tmx-${run}-`;

function cleanEnvironment(root: string, home: string, sockets: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: home,
    TMUX_TMPDIR: sockets,
    TMPDIR: root,
    SHELL: "/bin/sh",
    TERM: "xterm-256color",
    LC_ALL: "C.UTF-8",
    [MARK]: root,
    [RUN_MARK]: process.env[RUN_MARK] ?? "",
  };
}

function merged(
  base: Record<string, string>,
  changes: Record<string, string | undefined> = {},
): Record<string, string> {
  const kept = Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as Record<string, string>;
}
