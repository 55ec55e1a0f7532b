import { cpSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtBinary, root } from "../tests/helpers/binary.ts";
import { eventually } from "../tests/helpers/eventually.ts";
import { type OnTerminal, spawnOnTerminal } from "../tests/helpers/terminal.ts";
import { createWorld, type World } from "../tests/helpers/world.ts";

const target = join(root, "docs/taskmux.cast");
const picture = join(root, "docs/taskmux.svg");

/** Makes a moving picture of an asciicast; GitHub shows no asciicasts. */
const RENDERER = "svg-term-cli@2.1.1";

const SIZE = { cols: 80, rows: 24 };

/** Milliseconds between two keys, and those in which a person reads what a command printed. */
const KEY = 45;
const READING = 1800;

const PROMPT = "$ ";

/** Without the settings of the user who makes the recording. */
const SHELL = ["bash", "--norc", "--noprofile", "-i"];

/** A shell on a terminal whose output is recorded with its times. */
class Recording {
  /** Seconds since the beginning, and the text: output events of an asciicast. */
  readonly #events: [number, "o", string][] = [];
  readonly #begin = performance.now();
  readonly #shell: OnTerminal;
  #read = 0;

  constructor(world: World) {
    const { project: cwd } = world;
    const path = `${dirname(builtBinary())}:${world.env["PATH"]}`;
    const inputrc = world.write(".inputrc", "set enable-bracketed-paste off\n");
    const env = { ...world.env, PATH: path, PS1: PROMPT, INPUTRC: inputrc };
    const onOutput = (text: string) => {
      const seconds = (performance.now() - this.#begin) / 1000;
      this.#events.push([Number(seconds.toFixed(3)), "o", text]);
    };
    this.#shell = spawnOnTerminal(SHELL, { cwd, env, ...SIZE, onOutput });
  }

  /** Types a command, and waits for the prompt after it. */
  async run(command: string): Promise<void> {
    await this.begin(command);
    await this.sees(/\n\$ $/);
    await Bun.sleep(READING);
  }

  /** Types a command, and doesn't wait for its end. */
  async begin(command: string): Promise<void> {
    for (const key of command) await this.press(key, KEY);
    this.#read = this.#shell.seen().length;
    this.#shell.type("\r");
  }

  async press(key: string, pause = READING): Promise<void> {
    this.#shell.type(key);
    await Bun.sleep(pause);
  }

  /** Waits for output after what was waited for last. */
  async sees(text: RegExp): Promise<void> {
    await eventually(() => text.test(this.#shell.seen().slice(this.#read)));
    this.#read = this.#shell.seen().length;
  }

  async end(): Promise<void> {
    this.#shell.type("exit\r");
    await this.#shell.ended();
  }

  /** All until now as an asciicast of version 2: https://docs.asciinema.org/manual/asciicast/v2/ */
  asciicast(): string {
    const header = { version: 2, width: SIZE.cols, height: SIZE.rows, title: "taskmux" };
    return [header, ...this.#events].map((each) => `${JSON.stringify(each)}\n`).join("");
  }
}

/** Records examples/shop: its start, a crash that the live view shows and mends, why it was, and the stop. */
async function record(): Promise<string> {
  await using world = createWorld();
  cpSync(join(root, "examples/shop"), world.project, { recursive: true });
  const recording = new Recording(world);
  await recording.sees(/\$ $/);
  await recording.run("taskmux start --wait");
  await recording.run("taskmux status");
  await recording.run("taskmux logs -n 2");
  await recording.begin("taskmux start -m");
  await recording.sees(/q leave/);
  await Bun.sleep(READING);
  const { pid } = (await world.run(["inspect", "worker", "--json"])).json();
  process.kill(pid, "SIGKILL");
  await recording.sees(/automatic restart/);
  await Bun.sleep(2 * READING);
  await recording.press("q");
  await recording.sees(/\n\$ $/);
  await recording.run("taskmux why worker");
  await recording.run("taskmux stop");
  const cast = recording.asciicast();
  await recording.end();
  return cast;
}

if (import.meta.main) {
  writeFileSync(target, await record());
  const argv = [process.execPath, "x", RENDERER, "--window", "--in", target, "--out", picture];
  const { exitCode, stderr } = Bun.spawnSync(argv);
  if (exitCode !== 0) throw new Error(`${RENDERER}: ${stderr.toString()}`);
}
