import { addWorktree, makeRepository } from "../../helpers/git.ts";
import { freeRange, type Listening, listening } from "../../helpers/listening.ts";
import { type RawMcp, startMcp } from "../../helpers/mcp.ts";
import type { ToolName } from "../../../src/domain/mcp/tools.ts";
import { createWorld, type World } from "../../helpers/world.ts";

/** How an agent works: by the tools of the MCP server, by commands, or by the commands of an earlier taskmux. */
export type Way = "tools" | "commands" | "earlier";

/** What an agent has done for a job. */
export interface Effort {
  calls: number;
  /** Of all answers, as an agent reads them. */
  bytes: number;
}

const GOOD = "export const rate = 1;\n";
const BAD = 'export const rate = 0;\nthrow new RangeError("bad rate: 0");\n';
const API = `import { rate } from "./rate.ts";
Bun.serve({ port: process.env.PORT, fetch: () => new Response(String(rate)) });
console.log("listening");
`;

const configOf = (apiPort: string, held: number): string => `name = "shop"
[tasks.api]
command = "'${process.execPath}' api.ts"
port = ${apiPort}
env_file = ".env"
ready_log = "listening"
[tasks.worker]
command = "echo working; exec sleep 1000"
depends_on = ["api"]
[tasks.web]
command = "exec sleep 1000"
port = ${held}
auto_start = false
[tasks.daemon]
command = "sleep 1000 >/dev/null 2>&1 &"
auto_start = false
`;

interface StageParts {
  way: Way;
  world: World;
  tree: string;
  held: number;
  first: number;
  programs: Listening;
}

/** Two agents in a project with an API and what depends on it, in a repository with a second worktree. */
export class Stage implements AsyncDisposable {
  effort: Effort = { calls: 0, bytes: 0 };
  /** What the tool `logs` returned last. */
  cursor = "";
  readonly #servers: RawMcp[] = [];

  readonly way: Way;
  readonly world: World;
  readonly tree: string;
  /** A port that another program holds. */
  readonly heldPort: number;
  readonly #firstPort: number;
  readonly #programs: Listening;

  private constructor(parts: StageParts) {
    this.way = parts.way;
    this.world = parts.world;
    this.tree = parts.tree;
    this.heldPort = parts.held;
    this.#firstPort = parts.first;
    this.#programs = parts.programs;
  }

  /** `binary`: of an earlier taskmux, which knows no port that is chosen at the start. */
  static async create(way: Way, binary?: string): Promise<Stage> {
    const world = binary === undefined ? createWorld() : createWorld(() => binary);
    const programs = listening();
    const held = programs.freePort();
    await programs.listen(held);
    const first = freeRange();
    const files = { "api.ts": API, "rate.ts": GOOD, ".env": "A=1\n" };
    for (const [name, text] of Object.entries(files)) world.write(name, text);
    await makeRepository(world, configOf(way === "earlier" ? `${first}` : `"${first}+"`, held));
    const tree = await addWorktree(world, "fix");
    const stage = new Stage({ way, world, tree, held, first, programs });
    if (way === "tools") stage.#servers.push(await startMcp(world), await startMcp(world));
    return stage;
  }

  breakApi = (): void => void this.world.write("rate.ts", BAD);
  repair = (): void => void this.world.write("rate.ts", GOOD);

  /** Runs `taskmux` for an agent; `agent`: 0 or 1. */
  async run(words: readonly string[], { agent = 0, cwd = this.world.project } = {}) {
    const env = { TASKMUX_READER: `agent${agent}`, TASKMUX_ACTOR: `agent${agent}` };
    const { stdout, stderr } = await this.world.run([...words], { cwd, env });
    return this.#count(stdout + stderr);
  }

  /** Calls a tool for an agent. */
  async call(name: ToolName, args: object, agent = 0): Promise<string> {
    return this.#count(JSON.stringify(await this.#servers[agent]!.call(name, args)));
  }

  /** Gives the second worktree ports of its own by hand. */
  async editTree(): Promise<string> {
    await Bun.write(`${this.tree}/taskmux.toml`, configOf(`${this.#firstPort + 1}`, this.heldPort));
    return this.#count("");
  }

  async rememberCursor(): Promise<void> {
    if (this.way === "tools") this.cursor = (await this.#servers[0]!.call("logs", {})).cursor;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
    await this.#programs[Symbol.asyncDispose]();
    await this.world.dispose();
  }

  #count(text: string): string {
    this.effort.calls++;
    this.effort.bytes += Buffer.byteLength(text);
    return text;
  }
}
