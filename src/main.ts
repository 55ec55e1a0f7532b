// Loaded when they are needed: the log writer lives in the same executable, and must start at once.
import type { run as Run } from "./cli/action.ts";

if (process.argv[2] === "__log-writer") {
  const { runLogWriter } = await import("./adapters/log-writer.ts");
  process.exit(await runLogWriter(process.argv[3] ?? ""));
}

if (process.argv[2] === "__complete") {
  const { runComplete } = await import("./cli/complete.ts");
  process.exit(runComplete(process.argv.slice(3)));
}

const { run }: { run: typeof Run } = await import("./cli/action.ts");
process.exit(await run(process.argv.slice(2)));
