import { statSync } from "node:fs";
import { EventReader } from "../adapters/event-reader.ts";
import { LogFile } from "../adapters/log-files.ts";
import type { Context, Use } from "../app/context.ts";
import { why, type WhyDeps } from "../app/why.ts";
import type { Why } from "../domain/results-why.ts";

/** `taskmux why`. */
export async function explainTask(ctx: Context, name: string): Use<Why> {
  const reader = new EventReader();
  const deps: WhyDeps = {
    openLog: ({ task, path }) => new LogFile(task, path),
    newestEvents: (count, isWanted) => reader.newest(count, isWanted),
    isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  };
  const answer = await why(ctx, { name }, deps);
  reader.close();
  return answer;
}
