export {};

// The log writer lives in the same executable and must start at once: nothing else is loaded for it.
if (process.argv[2] === "__log-writer") {
  const { runLogWriter } = await import("./adapters/log-writer.ts");
  process.exit(await runLogWriter(process.argv[3] ?? ""));
}

const { run } = await import("./cli/action.ts");
process.exit(await run(process.argv.slice(2)));
