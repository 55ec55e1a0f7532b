import {
  logLine,
  type LogsAnswer,
  logsOfOne,
  logsOfSeveral,
  type TaskRun,
} from "../../app/logs/logs.ts";
import type { LogRun } from "../../app/logs/runs.ts";
import type { Project } from "../../domain/config/config.ts";
import { type ByteLimits, type LimitedRows, limitRows } from "../../domain/logs/byte-limits.ts";
import type { LogRow } from "../../domain/logs/context.ts";
import { isoOfStamp } from "../../domain/logs/line.ts";
import { printable } from "../../domain/values/printable.ts";
import { printJson, printLines } from "../output.ts";
import type { WorkLine } from "../work-line.ts";
import { type LogRenderer, logRenderer, type LogStyle, sizeOfRow } from "../render/logs.ts";

/** How an answer is printed. */
export interface AnswerOutput {
  project: Project;
  limits: ByteLimits;
  json: boolean;
  style: LogStyle;
  /** Shows how far the search is. */
  work?: WorkLine | null;
}

/** Prints an answer with its warnings; returns how many lines it has. `more`: further keys for JSON. */
export function show(
  answer: LogsAnswer,
  output: AnswerOutput,
  more: { left_out?: number },
): number {
  const { limits, json, style } = output;
  const rows = [...answer.rows];
  output.work?.end();
  printLines(
    2,
    answer.warnings.map((warning) => `warning: ${printable(warning)}`),
  );
  const limited = limitRows(rows, limits, json ? jsonSize(answer, style) : textSize(style));
  if (json) printJson(jsonOf(answer, output, limited, more));
  else {
    printRows(limited.rows, logRenderer(style, Date.now()));
    printLines(2, limitNotes(limited, limits));
  }
  return rows.length;
}

function jsonOf(
  { single, ofRun }: LogsAnswer,
  { project, limits, style }: AnswerOutput,
  { rows, leftOut, cut }: LimitedRows,
  more: { left_out?: number },
) {
  const isLimited = limits.total !== null || limits.line !== null;
  const left_out = (more.left_out ?? 0) + leftOut;
  const keys = {
    ...more,
    ...(limits.total !== null || more.left_out !== undefined ? { left_out } : {}),
    ...(isLimited ? { cut } : {}),
  };
  if (single !== null)
    return { ...logsOfOne(single, rows, style.raw), ...(ofRun && runOfOne(ofRun.runs)), ...keys };
  return { ...logsOfSeveral(project.session, rows), ...(ofRun && runsOf(ofRun.runs)), ...keys };
}

const runKeys = ({ pid, startedAt }: LogRun) => ({
  pid,
  started_at: startedAt && isoOfStamp(startedAt),
});

const runOfOne = ([first]: readonly TaskRun[]) => ({
  run: first?.run ? runKeys(first.run) : null,
});

const runsOf = (runs: readonly TaskRun[]) => ({
  runs: runs.flatMap(({ task, run }) => (run === null ? [] : [{ task, ...runKeys(run) }])),
});

/** The bytes of a row in JSON, the comma included; of a single task, its time has an entry of its own. */
function jsonSize({ single }: LogsAnswer, { raw }: LogStyle): (row: LogRow) => number {
  return (row) => {
    if (single === null) return bytesOf(logLine(row)) + 1;
    const { lines, times } = logsOfOne(single, [row], raw);
    return bytesOf(lines[0]) + bytesOf(times[0]) + 2;
  };
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const textSize =
  (style: LogStyle) =>
  (row: LogRow): number =>
    sizeOfRow(row, style);

function limitNotes({ leftOut, cut }: LimitedRows, { total, line }: ByteLimits): string[] {
  const left =
    leftOut === 0
      ? []
      : [`warning: ${lines(leftOut)} before these not shown: --max-bytes ${total}`];
  const most = line === null ? "" : `: --line-bytes ${line}`;
  return cut === 0 ? left : [...left, `warning: ${lines(cut)} cut${most}`];
}

const lines = (count: number): string => `${count} ${count === 1 ? "line" : "lines"}`;

/** Number of lines per write. */
const BATCH = 1000;

/** Prints rows as text. */
export function printRows(rows: Iterable<LogRow>, render: LogRenderer): void {
  let lines: string[] = [];
  for (const line of render(rows)) {
    if (lines.push(line) < BATCH) continue;
    printLines(1, lines);
    lines = [];
  }
  printLines(1, lines);
}
