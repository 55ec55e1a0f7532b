import { readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../helpers/eventually.ts";
import { signal } from "../../helpers/processes.ts";
import type { Entrant } from "../entrant.ts";
import { NumberedLog } from "../numbered-log.ts";
import { ToolStage } from "../tools/stage.ts";
import { isLacking, type Tool } from "../tools/tool.ts";
import { inTurn, lackIf, type Measure } from "../turns.ts";

const TASKS = 20;
const LINES = 10_000;
const KILLS = Number(process.env["BENCH_KILLS"] ?? 20);

/** Log writers are killed while their tasks print numbered lines: which of these are in the logs in the end? */
export const loss: Measure = inTurn({
  name: "loss",
  figures: ["kills", "kills at rest", "lost", "lost unsaid", "repeated", "torn", "out of order"],
  rounds: 1,
  lackOf: ({ replacesLogWriters }) => lackIf(replacesLogWriters),
  round: killed,
});

/** A thousand lines a second, and no process a line. */
const PRINT = `exec 3<> <(:); n=0; while [ $n -lt ${LINES} ]; do for i in 0 1 2 3 4 5 6 7 8 9; do n=$((n+1)); echo "${NumberedLog.line("$n")}"; done; read -t 0.01 -u 3; done; exec sleep 100000`;

async function killed(tool: Tool, entrant: Entrant): Promise<void> {
  if (isLacking(tool.logs)) return;
  const program = realpathSync(tool.start[0]!);
  await using stage = new ToolStage(tool, (stage) => {
    const script = stage.script(`exec bash -c '${PRINT.replaceAll("'", `'"'"'`)}'`);
    return Array.from({ length: TASKS }, (_, index) => ({ name: `task${index}`, script }));
  });
  await stage.start(TASKS);
  const writers = () => stage.processes.logWriters().filter((pid) => programOf(pid) === program);
  let atRest = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await Bun.sleep((LINES * 0.8) / KILLS);
    const found = await eventually(() => (writers().length > 0 ? writers() : null));
    if (killAtRest(found[Math.floor(Math.random() * found.length)]!)) atRest++;
  }
  const logs = Array.from(
    { length: TASKS },
    (_, index) => new NumberedLog(join(stage.home, tool.logs as string, `task${index}.log`)),
  );
  await eventually(() => logs.every((log) => log.has(LINES)), { timeout: 30_000 }).catch(() => {});
  report(logs, atRest, entrant);
}

function report(logs: readonly NumberedLog[], atRest: number, entrant: Entrant): void {
  const checks = logs.map((log) => log.check(LINES));
  const sum = (name: keyof (typeof checks)[number]) =>
    checks.reduce((total, check) => total + Number(check[name]), 0);
  entrant.add("kills", KILLS);
  entrant.add("kills at rest", atRest);
  for (const name of ["lost", "repeated", "torn"] as const) entrant.add(name, sum(name));
  entrant.add("out of order", sum("disordered"));
  const unsaid = checks.filter(({ isSaid }) => !isSaid);
  entrant.add(
    "lost unsaid",
    unsaid.reduce((total, { lost }) => total + lost, 0),
  );
}

/** Kills a process; true if it was waiting for input. It is stopped first, to see. */
function killAtRest(pid: number): boolean {
  signal(pid, "SIGSTOP");
  const isAtRest = isWaiting(pid);
  signal(pid, "SIGKILL");
  return isAtRest;
}

/** In read(2) of descriptor 0, poll(2), ppoll(2), epoll_wait(2) or epoll_pwait(2), by their numbers: x86-64, arm64. */
function isWaiting(pid: number): boolean {
  try {
    const call = readFileSync(`/proc/${pid}/syscall`, "utf8");
    return /^(0|63) 0x0 /.test(call) || /^(7|271|73|232|281|441|22) /.test(call);
  } catch {
    return false;
  }
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return "";
  }
}
