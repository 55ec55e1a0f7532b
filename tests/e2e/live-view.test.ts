import { expect, test } from "bun:test";
import { quote } from "../../src/domain/values/shell-word.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { resizeWindow } from "../helpers/resize-window.ts";
import { statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

/** Long, for a busy machine. */
const PATIENCE = { timeout: 120_000 };

const CONFIG = `name = "demo"
[tasks]
api = "exec sleep 1000"
db = "echo hello from db; exec sleep 1000"
web = "exec sleep 1000"
`;

const SERVER = ["-L", "outer"];

/** A shell on a terminal of its own: a window of another tmux server. */
class Shell {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  async open(): Promise<this> {
    const shell = "env -u TMUX -u TMUX_PANE PS1='$ ' bash --norc --noprofile -i";
    const size = ["-x", "80", "-y", "30"];
    await this.#tmux("-f", "/dev/null", "new-session", "-d", "-s", "outer", ...size, shell);
    await this.shows(/^\$\s*$/);
    return this;
  }

  async #tmux(...args: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#world.runProgram([
      "tmux",
      "-u",
      ...SERVER,
      ...args,
    ]);
    if (exitCode !== 0) throw new Error(`tmux ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  keys(...keys: string[]): Promise<string> {
    return this.#tmux("send-keys", ...keys);
  }

  /** Types a command line. */
  async line(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
    await this.keys("Enter");
  }

  resize(columns: number, rows: number): Promise<void> {
    return resizeWindow(this.#world, "outer", [columns, rows], SERVER);
  }

  async screen(): Promise<string> {
    return (await this.#tmux("capture-pane", "-p")).trimEnd();
  }

  shows(what: RegExp): Promise<string> {
    return eventually(async () => {
      const screen = await this.screen();
      if (!what.test(screen)) throw new Error(screen);
      return screen;
    }, PATIENCE);
  }

  /** The terminal is as a shell needs it. */
  async isSane(): Promise<void> {
    await this.shows(/\n\$$/);
    await this.line("clear; stty -a | grep -ow -e '-*icanon' -e '-*echo' -e '-*isig'; echo done");
    expect((await this.shows(/^done$/m)).split("\n").slice(0, 3).sort()).toEqual([
      "echo",
      "icanon",
      "isig",
    ]);
  }
}

/** A shell in which `start -m` runs, and shows all tasks. */
async function viewIn(world: World): Promise<Shell> {
  world.writeConfig(CONFIG);
  const shell = await new Shell(world).open();
  await shell.line(`${quote(builtBinary())} start -m`);
  await shell.shows(/^demo: 3 of 3 running.*q leave/ms);
  return shell;
}

test("keys select a task, restart it, stop it, and show its log", async () => {
  await using world = createWorld();
  const shell = await viewIn(world);
  await shell.shows(/^> api +running/m);
  await shell.keys("j");
  await shell.shows(/^> db +running/m);
  const { pid } = await statusOf(world, "db");
  await shell.keys("r");
  await shell.shows(/^restarted db$/m);
  await eventually(async () => ![null, pid].includes((await statusOf(world, "db")).pid), PATIENCE);
  await shell.keys("l");
  await shell.shows(/^log of db; q ends it$.*\d\d:\d\d:\d\d hello from db$/ms);
  await shell.keys("C-c");
  await shell.shows(/^> db +running.*q leave/ms);
  await shell.keys("Down", "s");
  await shell.shows(/^> web +stopped/m);
  await shell.shows(/^stopped web$/m);
  expect(await statusOf(world, "web")).toMatchObject({ want: "down", state: "stopped" });
  await shell.keys("k");
  await shell.shows(/^> db +running/m);
  await shell.keys("q");
  await shell.shows(/^No longer monitored; the tasks keep running/m);
  await shell.isSane();
  expect(await statusOf(world, "api")).toMatchObject({ state: "running" });
});

test("enter attaches to the task's window, and detaching returns to the view", async () => {
  await using world = createWorld();
  const shell = await viewIn(world);
  await shell.keys("j", "Enter");
  await shell.shows(/^\[demo\].*:db\*/m);
  await shell.keys("C-b", "d");
  await shell.shows(/^> db +running.*q leave/ms);
  await shell.keys("j");
  await shell.shows(/^> web +running/m);
  await shell.keys("C-c");
  await shell.shows(/^No longer monitored/m);
  await shell.isSane();
});

test("C-z stops it as any other command, and fg brings the view and the keys back", async () => {
  await using world = createWorld();
  const shell = await viewIn(world);
  await shell.keys("C-z");
  await shell.shows(/Stopped/);
  await shell.isSane();
  await shell.line("fg");
  await shell.shows(/^> api +running.*q leave/ms);
  await shell.keys("j");
  await shell.shows(/^> db +running/m);
  await shell.keys("q");
  await shell.isSane();
});

test.each(["TERM", "HUP", "QUIT"])("SIG%s leaves the terminal as it was", async (signal) => {
  await using world = createWorld();
  const shell = await viewIn(world);
  const { pid } = (await world.run(["status", "--json"])).json().monitor;
  process.kill(pid, `SIG${signal}`);
  await shell.isSane();
});

test("it follows the size of the terminal, and keeps its columns in place", async () => {
  await using world = createWorld();
  const shell = await viewIn(world);
  await shell.resize(50, 30);
  await shell.shows(/^r restart, s stop, l logs, enter attach, q leave$/m);
  const narrow = await shell.shows(/^> api +running/m);
  expect(narrow.match(/^demo: /gm)).toHaveLength(1);
  await shell.resize(120, 8);
  const flat = await shell.shows(/^up\/down select, .*q leave; times:/m);
  expect(flat.split("\n").length).toBeLessThanOrEqual(8);
  await shell.keys("q");
  await shell.isSane();
});
