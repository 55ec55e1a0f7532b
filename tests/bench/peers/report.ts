import { cpus, release } from "node:os";
import { median } from "../measure.ts";
import { type FigureName, figures } from "./measures.ts";

/** All that a run found of one tool. */
export interface Row {
  name: string;
  /** null: it could not be had; `notes` says why. */
  version: string | null;
  samples: Map<FigureName, number[]>;
  /** Why a figure is missing. */
  reasons: Map<FigureName, string>;
  remarks: string[];
}

/** Titles of the columns, and what each measures. */
const columns: Record<FigureName, { title: string; unit: string; means: string }> = {
  "start 10": {
    title: "start 10",
    unit: "ms",
    means: "cold start (no server, no daemon): from the command until all 10 sleeping tasks live",
  },
  "start 50": { title: "start 50", unit: "ms", means: "the same with 50" },
  status: { title: "status", unit: "ms", means: "the command that lists 10 running tasks" },
  "stop 10": {
    title: "stop 10",
    unit: "ms",
    means: "from the command until no process of the 10 tasks is left",
  },
  "stop 50": { title: "stop 50", unit: "ms", means: "the same with 50" },
  "crash to relaunch": {
    title: "relaunch",
    unit: "ms",
    means: "from a `kill -9` of a task's process until the next one lives",
  },
  "ready to dependent": {
    title: "dependent",
    unit: "ms",
    means:
      "from the moment that what the check looks at is true until the dependent lives; the wait for the next check is a part of it",
  },
  memory: {
    title: "memory",
    unit: "MB",
    means: "PSS of every process that the tool runs beside 10 tasks, tmux's own not among them",
  },
  tmux: {
    title: "tmux",
    unit: "MB",
    means: "PSS of tmux's server and clients, where the tool uses tmux",
  },
  tail: { title: "tail", unit: "ms", means: "the last 100 lines of a log of 500 MB" },
};

/** A Markdown table: medians, with their ratio to those of the first row; under it, why figures are missing. */
export function report(rows: readonly Row[]): string {
  const notes: string[] = [];
  const noteOf = (text: string): number => {
    if (!notes.includes(text)) notes.push(text);
    return notes.indexOf(text) + 1;
  };
  const lines = [
    line(["", ...figures.map((name) => `${columns[name].title}, ${columns[name].unit}`)]),
    line(["---", ...figures.map(() => "---:")]),
    ...rows.map((row) =>
      line([titleOf(row), ...figures.map((name) => cell(row, name, rows[0]!, noteOf))]),
    ),
  ];
  const missing = notes.map((text, index) => `${index + 1}. ${text}`);
  const remarks = rows.flatMap(({ name, remarks }) => remarks.map((text) => `- ${name}: ${text}`));
  const meanings = figures.map((name) => `- **${columns[name].title}**: ${columns[name].means}.`);
  return [
    `${lines.join("\n")}\n`,
    ...(missing.length > 0 ? [`No figure, because:\n\n${missing.join("\n")}\n`] : []),
    `The columns:\n\n${meanings.join("\n")}\n`,
    `Better than the first row, by a tenth or more:\n\n${rows.flatMap((row) => advantages(row, rows[0]!)).join("\n")}\n`,
    ...(remarks.length > 0 ? [`To be known of the tools:\n\n${remarks.join("\n")}\n`] : []),
  ].join("\n");
}

const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;

const titleOf = ({ name, version }: Row): string =>
  version === null ? name : `${name} ${version}`;

function cell(row: Row, name: FigureName, first: Row, noteOf: (text: string) => number): string {
  const own = medianOf(row, name);
  if (own === null) return `- (${noteOf(row.reasons.get(name) ?? "not measured")})`;
  const ours = medianOf(first, name);
  // The first row is what the others are compared with, and tmux is tmux's.
  const isBare = row === first || ours === null || name === "tmux";
  return isBare ? short(own) : `${short(own)} (${ratio(own / ours)}x)`;
}

/** What a tool does better, as a line of a list; none for a tool that does nothing better. */
function advantages(row: Row, first: Row): string[] {
  const better = figures.filter((name) => {
    const [own, ours] = [medianOf(row, name), medianOf(first, name)];
    return name !== "tmux" && own !== null && ours !== null && own / ours < 0.9;
  });
  const titles = better.map((name) => columns[name].title);
  return better.length === 0 ? [] : [`- ${row.name}: ${titles.join(", ")}`];
}

const medianOf = ({ samples }: Row, name: FigureName): number | null => {
  const values = samples.get(name) ?? [];
  return values.length === 0 ? null : median(values);
};

const ratio = (value: number): string =>
  value < 10 ? value.toPrecision(2) : Math.round(value).toString();

const short = (value: number): string => value.toFixed(value < 100 ? 1 : 0);

/** Where the figures were taken. */
export function machine(): string {
  const [cpu] = cpus();
  const tmux = Bun.spawnSync(["tmux", "-V"]).stdout.toString().trim();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}: ${cpu?.model.trim() ?? "an unknown CPU"}, ${cpus().length} cores, Linux ${release()}, ${tmux}`;
}
