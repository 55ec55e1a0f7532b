import { expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Launchers } from "../../../src/adapters/launch/launcher.ts";
import { RunState } from "../../../src/adapters/state/run-state.ts";
import { makeFifo } from "../../../src/adapters/system/libc.ts";
import { root } from "../../helpers/binary.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { posixShells } from "../../helpers/shells.ts";

const shells = ["sh", "bash", ...posixShells];

test.each(shells)("a launcher whose terminal has gone before it began ends: %s", async (shell) => {
  using directory = directoryWith({});
  makeFifo(join(directory.path, "go"));
  const launcher = [join(root, "src/adapters/launch/launcher.sh"), directory.path, "/proc", "go"];
  const child = Bun.spawn([...shell.split(" "), ...launcher], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  expect(await child.exited).toBe(1);
});

// A start that was killed has sent the launch, and the launcher reads nothing more while the command runs.
test("a launch that is on record by now has settled, without an answer of the launcher", async () => {
  using directory = directoryWith({ "news/.keep": "" });
  const state = new RunState("demo", directory.path);
  const launchers = new Launchers(state, ["taskmux"]);
  const log = { log_file: "/dev/null", log_max_size: 0, log_max_files: 0, ready_log: null };
  launchers.prepareWindow("web", log, null);
  const settled = launchers.settle("web", "s.1.2");
  appendFileSync(join(state.task("web").directory, "record"), "start s.1.2 4242 100 4000 90\n");
  writeFileSync(join(state.noticesDirectory, "web"), "");
  expect(await settled).toBe(true);
});
