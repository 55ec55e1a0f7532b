import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logPipeScript } from "../../src/adapters/log-pipe.ts";
import { eventually } from "./eventually.ts";
import { createWorld, type World } from "./world.ts";

export interface FaultPlan {
  tasks: number;
  /** Lines that each task prints, a hundred a second. */
  lines: number;
  kills: number;
  writer: readonly string[];
}

export interface FaultResult {
  printed: number;
  /** Kills of a writer that was waiting for its pipe: what came later was in the pipe. */
  killedAtRest: number;
  /** Kills of a writer that had just read something. */
  killedAtWork: number;
  /** Lines that are missing from logs whose writers were killed at rest only. */
  lostFromPipe: number;
  /** Lines that are missing from the other logs: they were read, and not written yet. */
  lostInHand: number;
  repeated: number;
}

/** Tasks in a real tmux print numbered lines while their log writers are ended by SIGKILL, at random. */
export async function runFaults(plan: FaultPlan): Promise<FaultResult> {
  await using world = createWorld();
  const tasks = Array.from(
    { length: plan.tasks },
    (_, index) => new NoisyTask(world, `task${index}`, plan),
  );
  for (const task of tasks) await task.open();
  for (const task of tasks) await eventually(() => task.writer());
  world.write("go", "");
  let [killedAtRest, killedAtWork] = [0, 0];
  for (let kill = 0; kill < plan.kills; kill++) {
    await Bun.sleep((plan.lines * 10 * 0.9) / plan.kills);
    const task = tasks[Math.floor(Math.random() * tasks.length)]!;
    if (await task.killWriter()) killedAtRest++;
    else killedAtWork++;
  }
  await eventually(() => tasks.every((task) => task.isDone()), {
    timeout: plan.lines * 20 + 30_000,
  });
  return tasks.reduce(
    (sum, task) => {
      const { missing, repeated } = task.check();
      sum[task.wasKilledAtWork ? "lostInHand" : "lostFromPipe"] += missing;
      sum.repeated += repeated;
      return sum;
    },
    {
      printed: plan.tasks * plan.lines,
      killedAtRest,
      killedAtWork,
      lostFromPipe: 0,
      lostInHand: 0,
      repeated: 0,
    },
  );
}

class NoisyTask {
  wasKilledAtWork = false;
  private readonly directory: string;
  private readonly log: string;

  constructor(
    private readonly world: World,
    private readonly name: string,
    private readonly plan: FaultPlan,
  ) {
    this.directory = join(world.home, `.taskmux/run/demo/tasks/${name}`);
    this.log = join(world.home, `.taskmux/logs/demo/${name}.log`);
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    const settings = {
      task: name,
      key: "k1",
      log_file: this.log,
      log_max_size: 1e9,
      log_max_files: 3,
      run: null,
      command: "",
      ready_log: null,
    };
    writeFileSync(join(this.directory, "writer.json"), JSON.stringify(settings));
    writeFileSync(join(this.directory, "log-pipe.sh"), logPipeScript(plan.writer));
  }

  /** Its window, with the log loop at its end; it prints once `go` is there. */
  async open(): Promise<void> {
    const program = this.world.write(
      `${this.name}.sh`,
      `while [ ! -e "${this.world.project}/go" ]; do sleep 0.1; done
      n=0
      while [ $n -lt ${this.plan.lines} ]; do
        sleep 0.1
        i=0
        while [ $i -lt 10 ]; do n=$((n+1)) i=$((i+1)); echo "line $n"; done
      done
      echo done
      exec sleep 1000`,
    );
    const isFirst = this.name === "task0";
    const place = isFirst
      ? ["-f", "/dev/null", "new-session", "-d", "-s", "x"]
      : ["new-window", "-d", "-t", "=x:"];
    await this.world.tmux(
      ...place,
      "-n",
      this.name,
      "/bin/sh",
      program,
      ";",
      "pipe-pane",
      "-t",
      `=x:${this.name}`,
      `exec /bin/sh ${this.directory}/log-pipe.sh ${this.directory}`,
    );
  }

  writer(): number | null {
    const { stdout } = Bun.spawnSync(["ps", "-A", "-ww", "-o", "pid=,args="]);
    const lines = stdout.toString().split("\n");
    const line = lines.find(
      (text) => text.includes("__log-writer") && text.endsWith(` ${this.directory}`),
    );
    return line === undefined ? null : Number.parseInt(line, 10);
  }

  /** True if the writer was waiting in its read. It is stopped first, to see. */
  async killWriter(): Promise<boolean> {
    const pid = await eventually(() => this.writer());
    process.kill(pid, "SIGSTOP");
    await eventually(
      () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.startsWith("T"),
      { interval: 1 },
    );
    const isAtRest = isReading(pid);
    process.kill(pid, "SIGKILL");
    this.wasKilledAtWork ||= !isAtRest;
    return isAtRest;
  }

  isDone(): boolean {
    return existsSync(this.log) && readFileSync(this.log, "utf8").endsWith(" done\n");
  }

  check(): { missing: number; repeated: number } {
    const found = [...readFileSync(this.log, "utf8").matchAll(/ line (\d+)$/gm)].map((match) =>
      Number(match[1]),
    );
    const distinct = new Set(found);
    return { missing: this.plan.lines - distinct.size, repeated: found.length - distinct.size };
  }
}

/** The system call read(2) of descriptor 0, by its number: x86-64, arm64. */
function isReading(pid: number): boolean {
  try {
    return /^(0|63) 0x0 /.test(readFileSync(`/proc/${pid}/syscall`, "utf8"));
  } catch {
    return false;
  }
}
