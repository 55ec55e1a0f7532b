import { cpus, loadavg, release } from "node:os";
import { COLUMNS, FIGURES, type FigureName, TABLES } from "./columns.ts";
import type { Entrant } from "./entrant.ts";
import { verdicts, type Verdict } from "./goals.ts";

/** Markdown: a table for each kind of figure, with medians and their ratio to taskmux; then what they say. */
export function report(entrants: readonly Entrant[]): string {
  const tables = Object.keys(TABLES).flatMap((table) => tableOf(table, entrants));
  const ahead = (kind: Entrant["kind"]) =>
    entrants
      .filter((entrant) => entrant.kind === kind)
      .flatMap((entrant) => advantages(entrant, counterpart(entrant, entrants)));
  const remarks = entrants.flatMap(({ name, remarks }) =>
    remarks.map((text) => `- **${name}**: ${text}`),
  );
  return [
    ...tables,
    section("Where another tool is ahead of taskmux, by a tenth or more", ahead("peer")),
    section("Where the earlier taskmux is ahead, by a tenth or more", ahead("before")),
    section("Goals", goalLines(verdicts(entrants))),
    section("What one must know of the rows", remarks),
  ].join("\n");
}

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : `## ${title}\n\n${lines.join("\n")}\n`;

/** A table, the meanings of its columns, and why figures are missing; none where nothing of it was measured. */
function tableOf(table: string, entrants: readonly Entrant[]): string[] {
  const shown = FIGURES.filter(
    (name) => COLUMNS[name].table === table && entrants.some((each) => each.median(name) !== null),
  );
  if (shown.length === 0) return [];
  const rows = entrants.filter((each) => shown.some((name) => each.median(name) !== null));
  const notes = new Notes();
  const lines = [
    line(["", ...shown.map(titleOf)]),
    line(["---", ...shown.map(() => "---:")]),
    ...rows.map((row) =>
      line([row.title, ...shown.map((name) => cell(row, name, counterpart(row, entrants), notes))]),
    ),
  ];
  const meanings = shown.map((name) => `- **${name}**: ${COLUMNS[name].means}.`);
  const title = TABLES[table as keyof typeof TABLES];
  return [section(title, [...lines, "", ...meanings, ...notes.lines()])];
}

/** Texts under a table, each once, with their numbers. */
class Notes {
  readonly #texts: string[] = [];

  numberOf(text: string): number {
    if (!this.#texts.includes(text)) this.#texts.push(text);
    return this.#texts.indexOf(text) + 1;
  }

  lines(): string[] {
    if (this.#texts.length === 0) return [];
    const numbered = this.#texts.map((text, index) => `${index + 1}. ${text}`);
    return ["", "No figure, because:", "", ...numbered];
  }
}

const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;

function titleOf(name: FigureName): string {
  const { unit } = COLUMNS[name];
  return unit === "" ? name : `${name}, ${unit}`;
}

/** What a row is compared with: an earlier taskmux with the same row of the present one, all else with the first row. */
const counterpart = (row: Entrant, entrants: readonly Entrant[]): Entrant =>
  entrants.find(({ name }) => `before: ${name}` === row.name) ?? entrants[0]!;

function cell(row: Entrant, name: FigureName, other: Entrant, notes: Notes): string {
  const own = row.median(name);
  if (own === null) return `- (${notes.numberOf(row.reason(name))})`;
  const ours = other.median(name);
  // Counts have no ratio, and tmux's memory is not the tool's.
  const isBare = row === other || !ours || COLUMNS[name].table === "loss" || name === "tmux 10";
  return isBare ? short(own) : `${short(own)} (${ratio(own / ours)}x)`;
}

/** What a row does better than another, as a line of a list. */
function advantages(entrant: Entrant, other: Entrant): string[] {
  const better = FIGURES.flatMap((name) => {
    const [own, ours] = [entrant.median(name), other.median(name)];
    const isAhead = name !== "tmux 10" && own !== null && ours !== null && own < ours * 0.9;
    return isAhead ? [`${name} ${short(own)} (taskmux: ${short(ours)})`] : [];
  });
  return better.length === 0 ? [] : [`- **${entrant.name}**: ${better.join("; ")}`];
}

function goalLines(all: readonly Verdict[]): string[] {
  if (all.length === 0) return [];
  const rows = all.map(({ row, figure, value, limit, reason }) =>
    line([
      `${row}: ${titleOf(figure)}`,
      short(value),
      reason === "" ? short(limit) : `${short(limit)}, ${reason}`,
      value <= limit ? "met" : "**missed**",
    ]),
  );
  return [line(["", "measured", "at most", ""]), line(["---", "---:", "---", "---"]), ...rows];
}

const ratio = (value: number): string =>
  value < 10 ? value.toPrecision(2) : Math.round(value).toString();

const short = (value: number): string =>
  Number.isInteger(value) ? `${value}` : value.toFixed(value < 1 ? 2 : value < 100 ? 1 : 0);

/** Where the figures were taken, and what else the machine did then. */
export function machine(): string {
  const [cpu] = cpus();
  const tmux = Bun.spawnSync(["tmux", "-V"]).stdout.toString().trim();
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  const load = loadavg()[0]!.toFixed(1);
  const place = `${cpu?.model.trim() ?? "an unknown CPU"}, ${cpus().length} cores, Linux ${release()}`;
  return `${date} UTC, commit ${commit()}: ${place}, ${tmux}, Bun ${Bun.version}; load average ${load} at the start`;
}

/** The commit of this tree, with a `+` if it was changed since. */
const commit = (): string =>
  Bun.spawnSync(["git", "describe", "--always", "--exclude=*", "--dirty=+"], {
    cwd: import.meta.dirname,
  })
    .stdout.toString()
    .trim() || "unknown";
