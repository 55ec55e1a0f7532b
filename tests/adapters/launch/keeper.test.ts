import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installKeeper } from "../../../src/adapters/launch/keeper.ts";
import { keeperSource } from "../../../src/adapters/launch/keeper.generated.ts";
import { keptBy, parseKeeperLine } from "../../../src/adapters/launch/keeper-line.ts";
import { readProcess } from "../../../src/adapters/processes/table.ts";
import { sourceHash } from "../../../scripts/keeper.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { eventually } from "../../helpers/eventually.ts";
import { isAlive, signal } from "../../helpers/processes.ts";
import { spawnOnTerminal } from "../../helpers/terminal.ts";
import { commandLine } from "../../../src/adapters/processes/description.ts";

const { PATH = "" } = process.env;

test("the executables are those of keeper.c as it is: if not, run scripts/keeper.ts", () => {
  expect(keeperSource).toBe(sourceHash());
});

test.each([
  ["/r/taskmux-keeper\0.0000000000\0/bin/sh\0", { kind: "starting" }],
  ["/r/taskmux-keeper\0+0000004242\0/bin/sh\0", { kind: "started", pid: 4242 }],
  ["/r/taskmux-keeper\0.0000004242\0/bin/sh\0", { kind: "ended" }],
  ["/bin/sh\0/r/launcher.sh\0", null],
  // What started a tmux server stays its command line.
  ["tmux\0new-session\0/r/taskmux-keeper\0.0000000000\0/bin/sh\0", null],
  ["/r/taskmux-keeper\0", null],
  ["", null],
] as const)("the command line %j", (line, kept) => {
  expect(parseKeeperLine(line)).toEqual(kept);
});

describe.skipIf(process.platform !== "linux")("on Linux", () => {
  test("it is put there once, for this user alone", () => {
    using directory = directoryWith({});
    const path = installKeeper(directory.path)!;
    const { ino, mode } = statSync(path);
    expect(mode & 0o777).toBe(0o700);
    expect(installKeeper(directory.path)).toBe(path);
    expect(statSync(path).ino).toBe(ino);
  });

  test("one that was changed, or may not run, is put there again", () => {
    using directory = directoryWith({});
    const path = installKeeper(directory.path)!;
    const program = readFileSync(path);
    writeFileSync(path, "another");
    installKeeper(directory.path);
    expect(readFileSync(path).equals(program)).toBe(true);
    chmodSync(path, 0o600);
    installKeeper(directory.path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test("its program leads the terminal's session; it outlives the terminal, and ends after all that it keeps", async () => {
    using directory = directoryWith({});
    const keeper = installKeeper(directory.path)!;
    const file = join(directory.path, "pid");
    // Both sessions differ from the keeper's, and the environment is empty.
    const script = `setsid setsid -f env -i sh -c 'echo $$ >${file}; exec sleep 1000' <&- >&- 2>&-; exec sleep 1000`;
    const argv = keptBy(keeper, ["/bin/sh", "-c", script]);
    const terminal = spawnOnTerminal(argv, { cwd: directory.path, env: { PATH } });
    const kept = () => parseKeeperLine(commandLine(terminal.pid));
    const daemon = await eventually(() => Number(readFileSync(file, "utf8")) || null);
    try {
      const line = kept();
      const program = line?.kind === "started" ? line.pid : 0;
      const entry = readProcess(program)!;
      expect(entry.session).toBe(program);
      expect(entry.foreground).toBe(program);
      await eventually(() => readProcess(daemon)?.parent === terminal.pid);
      signal(program, "SIGHUP");
      for (const name of ["SIGHUP", "SIGINT", "SIGTERM", "SIGTSTP"] as const)
        signal(terminal.pid, name);
      await eventually(() => kept()?.kind === "ended");
      expect(isAlive(daemon)).toBe(true);
    } finally {
      signal(daemon, "SIGKILL");
    }
    expect(await terminal.ended()).toBe(129);
  });

  test("its program continues after SIGSTOP, as one that tmux has started does", async () => {
    using directory = directoryWith({});
    const argv = keptBy(installKeeper(directory.path)!, ["/bin/sh", "-c", "kill -STOP $$; exit 4"]);
    const terminal = spawnOnTerminal(argv, { cwd: directory.path, env: { PATH } });
    const hasEnded = () => parseKeeperLine(commandLine(terminal.pid))?.kind !== "started";
    try {
      await eventually(hasEnded);
      expect(await terminal.ended()).toBe(4);
    } finally {
      signal(terminal.pid, "SIGKILL");
    }
  });

  test("its program has the signals as the keeper was given them", async () => {
    using directory = directoryWith({});
    const keeper = installKeeper(directory.path)!;
    const ignored = ["sh", "-c", `trap '' USR1; exec "$@"`, "sh"];
    const status = ["grep", "^SigIgn", "/proc/self/status"].map((word) => word);
    const program = Bun.which("grep")!;
    const run = (words: string[]) =>
      Bun.spawnSync(words, { stdin: "ignore", env: { PATH } }).stdout.toString();
    const plain = run([...ignored, program, ...status.slice(1)]);
    expect(run([...ignored, ...keptBy(keeper, [program, ...status.slice(1)])])).toBe(plain);
    expect(plain).toContain("SigIgn");
  });
});
