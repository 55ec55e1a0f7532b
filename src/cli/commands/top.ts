import { isTerminal } from "../../adapters/system/libc.ts";
import { sleepUntilAborted } from "../../adapters/system/timers.ts";
import { UsageMeter } from "../../app/commands/top.ts";
import { tasksNamed } from "../../app/selection.ts";
import { INTERRUPTED } from "../../domain/exit-status.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import type { Top } from "../../domain/results/top.ts";
import { sortedByUsage, type UsageOrder } from "../../domain/tasks/usage.ts";
import { printableValue } from "../../domain/values/printable.ts";
import type { Invocation } from "../command.ts";
import { follow } from "../follow.ts";
import { printJson, printLines, viewOf } from "../output.ts";
import { findProjectOrRecord } from "../project-or-record.ts";
import { renderTop, topFrame, type TopKey, topKeysIn } from "../render/top.ts";
import { endingBySignal } from "../shutdown.ts";
import { LiveScreen } from "./live-screen.ts";
import { closeContext, createContext, refuseOthersSession, SILENT } from "../wiring/context.ts";

/** The arguments of `top`. */
interface TopArguments {
  tasks: string[];
  lines: number | undefined;
  sort: UsageOrder | undefined;
}

/** Pause between two looks, and before the second one, which is the first that knows the CPU's share; ms. */
const PERIOD = 2000;
const FIRST_PERIOD = 500;

type Read = () => Promise<Top>;

/** `taskmux top`: a live view on a terminal, otherwise as many looks as were asked for. */
export async function showUsage(
  { location, json }: Invocation,
  { tasks: names, lines: count, sort }: TopArguments,
): Promise<number | Failure> {
  if (count === 0) return new Failure("E500", "-n takes 1 or more, not 0");
  const project = await findProjectOrRecord(location);
  if (isFailure(project)) return project;
  const named = tasksNamed(project.config, names);
  if (isFailure(named)) return named;
  const refused = await refuseOthersSession(project);
  if (refused) return refused;
  const ctx = createContext(project, SILENT);
  const meter = new UsageMeter();
  const tasks = names.length === 0 ? project.config.tasks : named;
  const read = () => meter.read(ctx, tasks);
  const isLive = !json && count === undefined && isTerminal(1) && process.env["TERM"] !== "dumb";
  const status = isLive
    ? await showLive(read, sort ?? null)
    : await printLooks(read, { json, count: count ?? 1, order: sort ?? null });
  closeContext();
  return status;
}

function printLooks(
  read: Read,
  { json, count, order }: { json: boolean; count: number; order: UsageOrder | null },
): Promise<number | Failure> {
  const show = (rows: readonly Top[]): void => rows.forEach((top) => print(top, json));
  return follow(show, async (emit, signal) => {
    await read();
    for (let look = 0; look < count && !signal.aborted; look++) {
      await sleepUntilAborted(look === 0 ? FIRST_PERIOD : PERIOD, signal);
      if (signal.aborted) break;
      const top = await read();
      const isOpen = emit([{ ...top, tasks: sortedByUsage(top.tasks, order) }]);
      if (!isOpen) break;
    }
    return null;
  });
}

function print(top: Top, json: boolean): void {
  if (json) printJson(top);
  else printLines(1, renderTop(printableValue(top), viewOf(1)));
}

async function showLive(read: Read, wanted: UsageOrder | null): Promise<number> {
  const ending = endingBySignal();
  let [top, order, status]: [Top | null, UsageOrder | null, number | null] = [null, wanted, null];
  const draw = (): void => {
    if (top === null) return;
    const view = viewOf(1);
    const shown = printableValue({ ...top, tasks: sortedByUsage(top.tasks, order) });
    screen.draw(topFrame({ top: shown, order }, view, process.stdout.rows || 24));
  };
  const leave = (how: number): void => ((status = how), ending.end());
  const screen = new LiveScreen<TopKey>({
    keysIn: topKeysIn,
    pressed: (key) => {
      if (key === "leave") return leave(0);
      if (key === "interrupt") return leave(INTERRUPTED);
      if (key === "suspend") return screen.suspend();
      order = key;
      draw();
    },
    changed: draw,
  });
  try {
    screen.open();
    for (let pause = FIRST_PERIOD; !ending.signal.aborted; pause = PERIOD) {
      top = await read();
      draw();
      await sleepUntilAborted(pause, ending.signal);
    }
  } finally {
    screen.close();
  }
  return status ?? ending.status();
}
