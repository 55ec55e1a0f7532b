// Loaded when they are needed: the log hub lives in the same executable, and must start at once.
import type { run as Run } from "./cli/run.ts";

if (process.argv[2] === "__log-hub") {
  const { runLogHub } = await import("./adapters/logs/hub.ts");
  const [, , , directory = "", script = "", before] = process.argv;
  process.exit(runLogHub(directory, script, before === undefined ? null : Number(before)));
}

if (process.argv[2] === "__log-writer") {
  const { runLogWriter } = await import("./adapters/logs/pane-writer.ts");
  const [, , , directory = "", before] = process.argv;
  process.exit(await runLogWriter(directory, before === undefined ? null : Number(before)));
}

if (process.argv[2] === "__search-logs") {
  const { runLogSearch } = await import("./cli/commands/search-logs.ts");
  const [, , , config = "", session = ""] = process.argv;
  process.exit(await runLogSearch(config, session));
}

if (process.argv[2] === "__take-terminal") {
  const { takeTerminal } = await import("./adapters/system/libc.ts");
  process.exit(takeTerminal(0) ? 0 : 1);
}

if (process.argv[2] === "__complete") {
  const { runComplete } = await import("./cli/completion/complete.ts");
  process.exit(runComplete(process.argv.slice(3)));
}

const { run }: { run: typeof Run } = await import("./cli/run.ts");
process.exit(await run(process.argv.slice(2)));
