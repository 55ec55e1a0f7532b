import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isOwnText } from "../../src/domain/logs/line.ts";
import { eventually } from "./eventually.ts";
import { logHub } from "./log-hub.ts";
import { textOfLine } from "./log-task.ts";
import { createWorld, type World } from "./world.ts";

export interface FaultPlan {
  tasks: number;
  /** Lines that each task prints before it ends. */
  lines: number;
  /** Lines a second that each task prints. */
  rate: number;
  kills: number;
}

export interface FaultResult {
  printed: number;
  /** Kills of a hub that was waiting: what came later was in the FIFOs. */
  killedAtRest: number;
  /** Kills of a hub that was reading or writing. */
  killedAtWork: number;
  /** Lines that are missing from the logs. */
  lost: number;
  /** Bytes of lines that are missing, less those that the logs' marks account for, and pieces of lines in the logs. */
  bytesUnsaid: number;
  /** Lines that are repeated, in logs that don't say so. */
  repeated: number;
  /** Lines that are incomplete, in logs without a mark. */
  torn: number;
  /** Lines that come after a later one, in logs without a mark. */
  outOfOrder: number;
}

/** Tasks print numbered lines and end, while the session's log hub is ended by SIGKILL, at random. */
export async function runFaults(plan: FaultPlan): Promise<FaultResult> {
  await using world = createWorld();
  const names = Array.from({ length: plan.tasks }, (_, index) => `task${index}`);
  world.write("print.sh", printer(plan));
  const settings = `{ command = "sh print.sh", restart_policy = "no", log_max_size = "1GB" }`;
  const tasks = names.map((name) => `${name} = ${settings}`);
  world.writeConfig(`name = "demo"\n[tasks]\n${tasks.join("\n")}\n`);
  const { exitCode, stderr } = await world.run(["start"]);
  if (exitCode !== 0) throw new Error(stderr);
  // On a busy machine no later kill may meet a hub that waits.
  await eventually(() => killHub(world));
  const result = { killedAtRest: 1, killedAtWork: 0 };
  world.write("go", "");
  const lasts = (plan.lines / plan.rate) * 1000;
  const begin = performance.now();
  for (let kill = 2; kill <= plan.kills; kill++) {
    // The last ones come when the tasks have ended.
    await Bun.sleep(Math.max(0, begin + (lasts * 1.05 * kill) / plan.kills - performance.now()));
    if (await killHub(world)) result.killedAtRest++;
    else result.killedAtWork++;
  }
  const logs = names.map((name) => join(world.home, `.taskmux/logs/demo/${name}.log`));
  const isDone = (log: string) => readFileSync(log, "utf8").includes("[taskmux] exited");
  await eventually(() => logs.every(isDone), { timeout: lasts * 10 + 90_000 });
  const checked = logs.map((log) => check(readFileSync(log, "utf8"), plan.lines));
  const sum = (key: keyof (typeof checked)[0]) => checked.reduce((all, one) => all + one[key], 0);
  return {
    printed: plan.tasks * plan.lines,
    ...result,
    lost: sum("lost"),
    bytesUnsaid: sum("bytesUnsaid"),
    repeated: sum("repeated"),
    torn: sum("torn"),
    outOfOrder: sum("outOfOrder"),
  };
}

/** Prints in bursts, ten a second or more. */
const printer = ({ lines, rate }: FaultPlan): string => `
while [ ! -e go ]; do sleep 0.1; done
n=0
while [ $n -lt ${lines} ]; do
  sleep 0.05
  i=0
  while [ $i -lt ${Math.ceil(rate / 20)} ] && [ $n -lt ${lines} ]; do n=$((n+1)) i=$((i+1)); echo "line $n"; done
done
`;

/** True if the hub was waiting. It is stopped first, to see. */
async function killHub(world: World): Promise<boolean> {
  const pid = await eventually(() => logHub(world));
  process.kill(pid, "SIGSTOP");
  const stateOf = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]![0];
  await eventually(() => stateOf() === "T", { interval: 1 });
  const isAtRest = isPolling(pid);
  process.kill(pid, "SIGKILL");
  await eventually(() => statSync(`/proc/${pid}`, { throwIfNoEntry: false }) === undefined, {
    interval: 1,
  });
  return isAtRest;
}

function check(log: string, lines: number) {
  const texts = log.split("\n").slice(0, -1).map(textOfLine);
  const found = texts.flatMap((text) => /^line (\d+)$/.exec(text)?.slice(1).map(Number) ?? []);
  const distinct = new Set(found);
  const said = texts.map((text) => Number(/; up to (\d+) bytes are lost$/.exec(text)?.[1] ?? 0));
  const bytes = said.reduce((sum, count) => sum + count, 0);
  const numbers = Array.from({ length: lines }, (_, index) => index + 1);
  const missing = numbers.filter((each) => !distinct.has(each)).map((each) => `line ${each}\r\n`);
  const isRepeating = texts.some((text) =>
    text.includes("[taskmux] log lines may be repeated here"),
  );
  const pieces = texts.filter((text) => !isOwnText(text) && !/^line \d+$/.test(text));
  // The terminal passes a line and its end on one after the other: what a killed hub has read may lack the end.
  const arrived = pieces.reduce((sum, { length }) => sum + length + "\r\n".length, 0);
  return {
    lost: missing.length,
    bytesUnsaid: Math.max(0, missing.join("").length - bytes - arrived),
    repeated: isRepeating ? 0 : found.length - distinct.size,
    torn: bytes > 0 || isRepeating ? 0 : pieces.length,
    outOfOrder: isRepeating
      ? 0
      : found.filter((number, index) => number < (found[index - 1] ?? 0)).length,
  };
}

/** The system calls poll(2) and ppoll(2), by their numbers: x86-64, arm64. */
function isPolling(pid: number): boolean {
  try {
    return /^(7|271|73) /.test(readFileSync(`/proc/${pid}/syscall`, "utf8"));
  } catch {
    return false;
  }
}
