import { type Static, type TProperties, Type } from "@sinclair/typebox";
import {
  launchedSchema,
  logTextSchema,
  overviewSchema,
  reasonsSchema,
  verifiedSchema,
} from "./results.ts";

// The tools of the MCP server. A model reads all of this with every conversation: it is short.

/** Seconds that a start may take; clients give up after a minute. */
export const DEFAULT_TIMEOUT = 45;
/** Seconds that tasks must stay well. */
export const DEFAULT_SETTLE = 2;
/** Number of lines of `logs`. */
export const DEFAULT_LOG_LINES = 50;

const dir = Type.Optional(Type.String());
const names = Type.Array(Type.String(), { minItems: 1 });
const timeout_s = Type.Optional(Type.Number({ minimum: 0 }));

const settle_s = Type.Optional(Type.Number({ minimum: 0 }));

const input = <T extends TProperties>(properties: T) =>
  Type.Object({ ...properties, dir }, { additionalProperties: false });

const inputs = {
  status: input({}),
  start: input({ tasks: Type.Optional(names), timeout_s }),
  restart: input({ tasks: names, timeout_s, settle_s }),
  stop: input({ tasks: Type.Optional(names), all: Type.Optional(Type.Literal(true)) }),
  verify: input({
    tasks: Type.Optional(names),
    timeout_s,
    settle_s,
    cursor: Type.Optional(Type.String()),
  }),
  why: input({
    task: Type.Optional(Type.String()),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
  }),
  logs: input({
    tasks: Type.Optional(names),
    lines: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    grep: Type.Optional(Type.String()),
    regex: Type.Optional(Type.Boolean()),
    since: Type.Optional(Type.String()),
    run: Type.Optional(Type.Integer({ minimum: -99, maximum: 0 })),
    cursor: Type.Optional(Type.String()),
  }),
  run: input({
    name: Type.String(),
    command: Type.String(),
    cwd: Type.Optional(Type.String()),
    env: Type.Optional(Type.Record(Type.String(), Type.String())),
    port: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
    ready_log: Type.Optional(Type.String()),
    timeout_s,
  }),
};

export type ToolName = keyof typeof inputs;
export type ToolInput<N extends ToolName> = Static<(typeof inputs)[N]>;

/** What a tool may do, as the protocol says it. None of them reaches beyond this machine. */
interface Annotations {
  readOnlyHint: boolean;
  destructiveHint?: boolean;
  idempotentHint?: boolean;
  openWorldHint: false;
}

/** A tool as clients see it. */
export interface Tool {
  name: ToolName;
  description: string;
  inputSchema: (typeof inputs)[ToolName];
  outputSchema: object;
  annotations: Annotations;
}

const READS: Annotations = { readOnlyHint: true, openWorldHint: false };
const acts = (hints: Pick<Annotations, "destructiveHint" | "idempotentHint">): Annotations => ({
  readOnlyHint: false,
  ...hints,
  openWorldHint: false,
});

const tool = (
  name: ToolName,
  description: string,
  outputSchema: object,
  annotations: Annotations,
): Tool => ({ name, description, inputSchema: inputs[name], outputSchema, annotations });

/** Every tool, in the order in which clients list them. */
export const TOOLS: readonly Tool[] = [
  tool("status", "Every task: state, health, URL, why it is not up.", overviewSchema, READS),
  tool(
    "start",
    "Start tasks (default: all with auto_start) and what they depend on. Returns when they are healthy, or why not. timeout_s: default 45; 0: don't wait.",
    launchedSchema,
    acts({ destructiveHint: false, idempotentHint: true }),
  ),
  tool(
    "restart",
    "Stop tasks and start them with the current config. Returns when they have been healthy for settle_s (2), or why not, with errors that are new.",
    launchedSchema,
    acts({ destructiveHint: true }),
  ),
  tool(
    "stop",
    "Stop tasks, or all: true. Others may use them: only when asked to.",
    launchedSchema,
    acts({ destructiveHint: true, idempotentHint: true }),
  ),
  tool(
    "verify",
    "Whether an edit works: waits until tasks are healthy and have reloaded, then watches for settle_s (2) for crashes and errors that are new since your last start, restart, verify or cursor.",
    verifiedSchema,
    READS,
  ),
  tool(
    "why",
    "Why a task is in its state: causes, errors with file:line, the next step. Or who holds a port.",
    reasonsSchema,
    READS,
  ),
  tool(
    "logs",
    "Newest lines of logs, in UTC. lines: default 50. grep: a text, with regex an expression. since: 5m or an ISO time. run: 0 the current run, -1 the one before. cursor (of an earlier answer): only what is new.",
    logTextSchema,
    READS,
  ),
  tool(
    "run",
    'Start a process that is not in taskmux.toml; command is a shell line. port: 3000, "3000+" or "auto". ready_log: expression of the line that says it is ready.',
    launchedSchema,
    acts({ destructiveHint: false, idempotentHint: true }),
  ),
];

/** The tools of a server. */
export const toolsOf = ({ readOnly }: { readOnly: boolean }): readonly Tool[] =>
  readOnly ? TOOLS.filter(({ annotations }) => annotations.readOnlyHint) : TOOLS;

/** What a client tells its model about the server. */
export const INSTRUCTIONS = `taskmux runs this project's dev servers, watchers, workers and databases in tmux, as taskmux.toml says. Use these tools instead of starting such processes yourself, in the background or otherwise.

- Begin with status. start brings up what isn't running and waits until it is healthy.
- After each edit: verify. If the task doesn't reload by itself: restart, which verifies too.
- If a task fails: why names the cause, with file and line; logs has the rest. Never sleep and poll.
- Keep the cursor of logs and pass it to the next call: it returns only what is new.
- stop only when asked to: people and other agents may use the tasks.

dir: an absolute path in the project or in another git worktree of it, if you work there: each worktree has its own session, tasks and ports (a result names both). Without it: the directory of this server. Read ports and URLs from results; they differ between worktrees.`;
