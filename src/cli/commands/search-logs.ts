import { limitCpuTime } from "../../adapters/system/cpu-limit.ts";
import { findLines, type LogSearch } from "../../app/mcp/log-search.ts";
import { isFailure } from "../../domain/failure.ts";
import { write } from "../output.ts";
import { failureResult } from "../print-result.ts";
import { findProject } from "../project-location.ts";
import { depsOf } from "../wiring/logs.ts";

/** Seconds of CPU time: a server that was killed ends no search. */
const SEARCH_LIMIT = 60;

/** `taskmux __search-logs CONFIG SESSION`: a search of the MCP server, which writes it to stdin. Prints its result. */
export async function runLogSearch(config: string, session: string): Promise<number> {
  limitCpuTime(SEARCH_LIMIT);
  const search = (await Bun.stdin.json()) as LogSearch;
  const project = await findProject({ cwd: "/", explicit: config, session });
  const found = isFailure(project)
    ? project
    : findLines(depsOf(project, false), project.session, search);
  write(1, JSON.stringify(isFailure(found) ? failureResult(found) : found));
  return 0;
}
