/** A coding agent: the program that shows that it is installed, and what it reads in a project. */
export interface Agent {
  agent: string;
  /** Its context file. */
  file: string;
  /** The directory of its skills. */
  skills: string;
}

/** The directory of skills that agents agree on. */
const SKILLS = ".agents/skills";

export const AGENTS: readonly Agent[] = [
  { agent: "claude", file: "CLAUDE.md", skills: ".claude/skills" },
  { agent: "codex", file: "AGENTS.md", skills: SKILLS },
  { agent: "opencode", file: "AGENTS.md", skills: SKILLS },
  { agent: "cursor-agent", file: "AGENTS.md", skills: SKILLS },
  { agent: "gemini", file: "GEMINI.md", skills: SKILLS },
];

/** In place of commands, where they are registered. */
const TOOLS =
  ", or the MCP tools status, start, restart, stop, verify, why, logs and run of the server taskmux, which do the same";

/**
 * The instructions for agents; `hasServer`: the project registers the MCP server. ASCII only: they are inserted into files
 * of any ASCII-compatible encoding.
 */
export const agentBlock = (hasServer: boolean): string => `\
<!-- taskmux:begin (\`taskmux inject\` overwrites this block; keep your own notes outside of it) -->
## Long-lived processes: taskmux

taskmux runs this project's dev servers, watchers, workers and databases in tmux, as taskmux.toml says.
Never start them yourself, in the background or otherwise; use these commands${hasServer ? TOOLS : ""}:

- \`taskmux status\`: which tasks run, whether they are healthy, and their URLs (a port may differ in each git worktree)
- \`taskmux start [TASK...] --wait --timeout 60s\`: start what isn't running; returns when they are healthy, or why not
- \`taskmux verify [TASK...]\`: after an edit: healthy, no crash, no new error; with \`--restart\` where the task doesn't reload by itself
- \`taskmux wait TASK [--log REGEX --new] [--timeout 60s]\`: until it is healthy, or prints a matching line; don't sleep and poll
- \`taskmux why TASK\`: why it is in its state, its errors with file and line, and the next step; look here first
- \`taskmux logs TASK -n 50\`: its newest lines; \`-g TEXT\`: only those with TEXT; \`--run last\`: only of its last run
- \`TASKMUX_READER=NAME taskmux logs --since-last\`: only what is new since the last call with NAME, a name of your choice
- \`taskmux run NAME --port auto -- COMMAND\`: a process that is not in taskmux.toml; \`taskmux exec TASK -- COMMAND\`: a migration, with the task's environment

Don't stop tasks (\`taskmux stop TASK\`) unless asked to: others may be using them. Don't use \`start -m\`, \`logs -f\` and \`attach\`: they don't return. A failing command prints the reason and exits non-zero; \`--json\` is for scripts.
<!-- taskmux:end -->`;

// Only whole lines count as marks, so that a text may mention them.
const BEGIN = /^<!-- taskmux:begin\b[^\r\n]*-->[ \t]*$/gm;
const END = /^<!-- taskmux:end -->/gm;

/**
 * The text of a context file with this block: it replaces the block that the file has, or goes at the end; `null` means no
 * file. Everything else stays unchanged. The block takes the file's line endings. Applying it twice changes nothing more.
 */
export function withBlock(text: string | null, block: string): string {
  const place = blockPlace(text ?? "");
  if (text === null || !place) return append(text ?? "", block);
  const ours = withLineEnds(block, text.slice(place.start, place.end));
  return text.slice(0, place.start) + ours + text.slice(place.end);
}

function append(text: string, block: string): string {
  const ours = withLineEnds(`${block}\n`, text);
  if (text === "") return ours;
  const lineEnd = withLineEnds("\n", text);
  const isLineOpen = !text.endsWith("\n");
  const hasGap = /(^|\n)\r?\n$/.test(text);
  return `${text}${isLineOpen ? lineEnd : ""}${hasGap ? "" : lineEnd}${ours}`;
}

/** A text with the line endings of another one's first line. */
const withLineEnds = (text: string, model: string): string =>
  text.replaceAll("\n", /\r?\n/.exec(model)?.[0] ?? "\n");

/** From the last begin mark before the first end mark that follows one. Stray marks belong to the user. */
function blockPlace(text: string): { start: number; end: number } | null {
  const begins = [...text.matchAll(BEGIN)].map(({ index }) => index);
  for (const { index, 0: mark } of text.matchAll(END)) {
    const start = begins.findLast((begin) => begin < index);
    if (start !== undefined) return { start, end: index + mark.length };
  }
  return null;
}
