import { JOBS, type Job } from "./jobs.ts";
import { type Effort, Stage, type Way } from "./stage.ts";

/** What a job took in one way. */
interface Cost extends Effort {
  seconds: number;
}

/** The jobs of an agent, as a measure of the bench; `before`: the path of an earlier taskmux. */
export class AgentJobs {
  readonly name = "an agent's jobs";
  readonly #costs = new Map<Way, Cost[]>();

  constructor(readonly before: string | null) {}

  async run(): Promise<void> {
    this.#costs.set("commands", await costs("commands"));
    this.#costs.set("tools", await costs("tools"));
    if (this.before !== null) this.#costs.set("earlier", await costs("earlier", this.before));
  }

  /** Markdown; empty if nothing was measured. */
  report(): string {
    return this.#costs.size === 0 ? "" : table(this.#costs);
  }
}

async function costs(way: Way, binary?: string): Promise<Cost[]> {
  await using stage = await Stage.create(way, binary);
  const found: Cost[] = [];
  for (const job of JOBS) {
    await job.prepare?.(stage);
    stage.effort = { calls: 0, bytes: 0 };
    const began = performance.now();
    const said = await job.ways[way](stage);
    const seconds = (performance.now() - began) / 1000;
    // A figure of an answer that doesn't answer says nothing.
    if (way !== "earlier" && !job.answer(stage).test(said))
      throw new Error(`${job.name}, by ${way}: ${said}`);
    found.push({ ...stage.effort, seconds });
  }
  return found;
}

/** How many bytes count as a token. */
const TOKEN = 4;

const TITLES: Record<Way, string> = {
  commands: "by commands",
  tools: "by MCP tools",
  earlier: "before: by commands",
};

function table(all: ReadonlyMap<Way, Cost[]>): string {
  const ways = [...all.keys()];
  const lacks = JOBS.filter(({ lacks }) => lacks !== undefined);
  const noteOf = (job: Job): string =>
    job.lacks === undefined || !all.has("earlier") ? "" : ` (${lacks.indexOf(job) + 1})`;
  const rows = JOBS.map((job, index) => [
    `${job.name}${noteOf(job)}`,
    ...ways.flatMap((way) => cells(all.get(way)![index]!)),
    goalOf(job, all.get("tools")![index]!),
  ]);
  const head = ways.flatMap((way) => [`${TITLES[way]}: calls`, "bytes", "s"]);
  const totals = ways.flatMap((way) => cells(total(all.get(way)!)));
  const lines = [
    ["", ...head, "goal for the tool"],
    ["---", ...head.map(() => "---:"), "---"],
    ...rows,
    ["all", ...totals, ""],
  ];
  const notes = all.has("earlier") ? ["", ...leftOpen(lacks)] : [];
  return [
    "## An agent's jobs\n",
    ...lines.map((row) => `| ${row.join(" | ")} |`),
    "",
    MEANING,
    ...notes,
    "",
  ].join("\n");
}

const MEANING =
  "Ten jobs one after another in a small project, done once in each way: the calls, the bytes of their answers, and the seconds until the last one. A token counts as 4 bytes.";

const leftOpen = (jobs: readonly Job[]): string[] => [
  "What the earlier taskmux leaves open, by the shortest sequence of the calls of 0.1.0 (an edit of a file counts as a call):",
  "",
  ...jobs.map(({ lacks }, index) => `${index + 1}. ${lacks}`),
];

const cells = ({ calls, bytes, seconds }: Cost): string[] => [
  `${calls}`,
  `${bytes}`,
  seconds.toFixed(1),
];

const total = (costs: readonly Cost[]): Cost => ({
  calls: costs.reduce((sum, { calls }) => sum + calls, 0),
  bytes: costs.reduce((sum, { bytes }) => sum + bytes, 0),
  seconds: costs.reduce((sum, { seconds }) => sum + seconds, 0),
});

function goalOf({ goal }: Job, { bytes }: Cost): string {
  if (goal === undefined) return "";
  const tokens = Math.ceil(bytes / TOKEN);
  return `${tokens} of ${goal} tokens: ${tokens <= goal ? "met" : "**missed**"}`;
}
