import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtBinary } from "../../helpers/binary.ts";
import { benches as ofFaults } from "./log-faults.ts";
import { fastest } from "../measure.ts";
import { writeWebLog } from "../web-log.ts";

/** A figure next to its floor from the same run; `ratio` is ours / floor. */
export interface Row {
  name: string;
  ours: number;
  floor: number;
  unit: string;
  ratio: number;
}

const row = (name: string, ours: number, floor: number, unit: string): Row => ({
  name,
  ours,
  floor,
  unit,
  ratio: ours / floor,
});

export const benches: { name: string; run(): Promise<Row[]> }[] = [
  { name: "logs: reading 1 GB", run: reading },
  ...ofFaults,
];

/** A HOME with a project in it whose logs a bench makes up; removed after `use`. */
async function inProject<T>(
  tasks: string[],
  use: (project: Project) => T | Promise<T>,
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), "tmx-bench-"));
  const logs = join(root, ".taskmux/logs/bench");
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const lines = tasks.map((task) => `${task} = "true"`);
  writeFileSync(join(root, "taskmux.toml"), `name = "bench"\n[tasks]\n${lines.join("\n")}\n`);
  try {
    return await use({ root, logs, env: { ...process.env, HOME: root, NO_COLOR: "1" } });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

interface Project {
  root: string;
  logs: string;
  env: Record<string, string | undefined>;
}

const GIGABYTE = 1 << 30;
const QUIET = { stdin: "ignore", stdout: "ignore", stderr: "inherit" } as const;

async function reading(): Promise<Row[]> {
  return inProject(["web"], ({ root, logs, env }) => {
    const log = join(logs, "web.log");
    const end = writeWebLog(log, GIGABYTE);
    const taskmux =
      (...args: string[]) =>
      () =>
        void Bun.spawnSync([builtBinary(), "logs", "web", ...args], { cwd: root, env, ...QUIET });
    const other =
      (...argv: string[]) =>
      () =>
        void Bun.spawnSync(argv, { env: { ...env, LC_ALL: "C" }, ...QUIET });
    const start = fastest(
      20,
      () => void Bun.spawnSync([builtBinary(), "--version"], { env, ...QUIET }),
    );
    const tail = fastest(20, other("tail", "-n", "100", log)) + start;
    const since = new Date(end - 60_000).toISOString();
    const rows = [
      row("logs -n 100; floor: start + tail -n 100", fastest(20, taskmux()), tail, "ms"),
      row(
        "logs --since, 1 minute; floor: the same",
        fastest(20, taskmux("--since", since)),
        tail,
        "ms",
      ),
    ];
    for (const text of ["error", "user=zx", "items/7777777 ", "zzzz"]) {
      const grep = fastest(5, other("grep", "-i", text, log));
      rows.push(
        row(`logs -g '${text}'; floor: grep -i`, fastest(5, taskmux("-g", text)), grep, "ms"),
      );
    }
    return rows;
  });
}
