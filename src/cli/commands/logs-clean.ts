import { deleteLog, logsIn } from "../../adapters/logs/clean.ts";
import { withLogLock } from "../../adapters/logs/lock.ts";
import { OwnLogs } from "../../adapters/logs/own.ts";
import { logDirectory } from "../../adapters/system/paths.ts";
import { logsClean } from "../../app/logs/clean.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { printable } from "../../domain/values/printable.ts";
import type { Invocation } from "../command.ts";
import { printJson, printLines } from "../output.ts";
import { findProject } from "../project-location.ts";
import { recordsOf, refuseOthersLogs, sourcesOf } from "../wiring/logs.ts";

/** `taskmux logs-clean`: of one task, or (null) of the whole session. */
export async function cleanLogs(
  { location, json }: Invocation,
  task: string | null,
): Promise<number | Failure> {
  const project = await findProject(location);
  if (isFailure(project)) return project;
  const { refuseOthersSession } = await import("../wiring/context.ts");
  const others = refuseOthersLogs(project) ?? (await refuseOthersSession(project));
  if (others?.code === "E302") return others;
  const { session } = project;
  const logs = new OwnLogs(recordsOf(project));
  const { LogReaders } = await import("../../adapters/logs/readers.ts");
  const readers = new LogReaders(session);
  const result = await logsClean(task, {
    session,
    sources: () => sourcesOf(project),
    sessionLogs: () => logsIn(logDirectory(session)),
    refusal: (source) => logs.refusal(source),
    deleteLog: (source) =>
      readers.whileDeleting(source.task, (count) =>
        withLogLock(source.path, "alone", () => {
          count((progress) => logs.countUnread(source, progress));
          return deleteLog(source.path);
        }),
      ),
  });
  if (isFailure(result)) return result;
  if (json) printJson(result);
  else printLines(1, result.deleted.length > 0 ? result.deleted.map(printable) : ["no logs"]);
  if (!json)
    printLines(
      2,
      result.warnings.map((warning) => `warning: ${printable(warning)}`),
    );
  return 0;
}
