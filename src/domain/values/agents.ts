/**
 * Variables by which programs notice that a coding agent runs them; a name that ends in `*` stands for all that begin so.
 * With one of them some tools behave differently: `astro dev` 7, for example, goes to the background.
 */
export const AGENT_MARKERS: readonly string[] = [
  "CLAUDECODE",
  "CLAUDE_CODE_*",
  "CODEX_THREAD_ID",
  "CODEX_SANDBOX*",
  "CURSOR_AGENT",
  "CURSOR_TRACE_ID",
  "GEMINI_CLI",
  "QWEN_CODE",
  "OPENCODE",
  "OPENCODE_*",
  "AI_AGENT",
  "AGENT",
  "AUGMENT_AGENT",
  "ANTIGRAVITY_AGENT",
  "CRUSH",
  "AMP_CURRENT_THREAD_ID",
];

const isPrefix = (marker: string): boolean => marker.endsWith("*");
const NAMES = new Set(AGENT_MARKERS.filter((marker) => !isPrefix(marker)));
const PREFIXES = AGENT_MARKERS.filter(isPrefix).map((marker) => marker.slice(0, -1));

/** Whether a variable shows that a coding agent runs this process. */
export const isAgentMarker = (name: string): boolean =>
  NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));

/** A conversation of a coding agent. */
export interface AgentSession {
  agent: string;
  id: string;
}

/** The variables that hold the id of an agent's session. */
const SESSION_IDS: readonly (readonly [agent: string, variable: string])[] = [
  ["claude-code", "CLAUDE_CODE_SESSION_ID"],
  ["codex", "CODEX_THREAD_ID"],
  ["cursor", "CURSOR_TRACE_ID"],
  ["amp", "AMP_CURRENT_THREAD_ID"],
];

/** The values of variables; undefined if not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The agent's session that runs a process with this environment; null if there is none, or the agent doesn't name it. */
export function agentSession(environment: Environment): AgentSession | null {
  for (const [agent, variable] of SESSION_IDS) {
    const id = environment[variable];
    if (id) return { agent, id };
  }
  return null;
}
