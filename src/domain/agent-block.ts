/** A coding agent: the program by which it is known, and the file in a project that it reads. */
export interface Agent {
  agent: string;
  file: string;
}

export const agents: readonly Agent[] = [
  { agent: "claude", file: "CLAUDE.md" },
  { agent: "codex", file: "AGENTS.md" },
  { agent: "opencode", file: "AGENTS.md" },
  { agent: "cursor-agent", file: "AGENTS.md" },
  { agent: "gemini", file: "GEMINI.md" },
];

/** What an agent is told. ASCII only: it is put among bytes of any encoding that has ASCII in it. */
export const agentBlock = `\
<!-- taskmux:begin (\`taskmux inject\` writes this block anew; keep your own notes outside of it) -->
## Long-lived processes: taskmux

taskmux runs this project's dev servers, watchers, workers and databases in tmux, as taskmux.toml says.
Never start them yourself, in the background or otherwise; use these commands (add \`--json\` for JSON):

- \`taskmux status --json\`: which tasks run, and whether they are healthy
- \`taskmux start [TASK...] --wait --timeout 60s\`: start what isn't running; returns when it is healthy
- \`taskmux restart TASK --wait\`: after a change that the task doesn't pick up by itself
- \`taskmux wait TASK [--log REGEX] [--timeout 60s]\`: until it is healthy, or has printed such a line; don't sleep and poll
- \`taskmux why TASK\`: why it is in its state, with its last errors and the next step; look here first; and \`taskmux events\`
- \`taskmux logs TASK -n 50\`: its newest lines; \`-g TEXT\`: only those with TEXT; \`--since 5m\`: only newer ones
- \`TASKMUX_READER=NAME taskmux logs --since-last\`: only what is new since NAME, a name of your own, last asked
- \`taskmux stop [TASK...]\`: only when asked to; others may use what runs

Don't use \`start -m\`, \`logs -f\` and \`attach\`: they don't return. A command that fails says why, and exits non-zero.
<!-- taskmux:end -->`;

// The marks count only as lines of their own: a text may speak of them.
const BEGIN = /^<!-- taskmux:begin\b[^\r\n]*-->[ \t]*$/gm;
const END = /^<!-- taskmux:end -->/gm;

/**
 * A context file's text with this block: in place of the one it has, else at its end; `null` is no file.
 * All else stays as it is. The block takes the line ends that it finds. Applied twice it is the same as once.
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

/** A text with the line ends of another one: those of its first line. */
const withLineEnds = (text: string, model: string): string =>
  text.replaceAll("\n", /\r?\n/.exec(model)?.[0] ?? "\n");

/** From the last begin before the first end that has one: what a stray mark stands beside is the user's. */
function blockPlace(text: string): { start: number; end: number } | null {
  const begins = [...text.matchAll(BEGIN)].map(({ index }) => index);
  for (const { index, 0: mark } of text.matchAll(END)) {
    const start = begins.findLast((begin) => begin < index);
    if (start !== undefined) return { start, end: index + mark.length };
  }
  return null;
}
