import { takeLease } from "../../adapters/state/lease.ts";
import { hasReader } from "../../adapters/system/poll.ts";
import { unknownProfile } from "../../domain/config/profiles.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import type { Invocation } from "../command.ts";
import { askedProfiles } from "../profiles.ts";
import { findProject } from "../project-location.ts";
import { endingBySignal } from "../shutdown.ts";
import { configWatchOf } from "../wiring/config-watch.ts";
import { closeContext, refuseOthersSession } from "../wiring/context.ts";
import { contextsOn, lineScreen } from "../wiring/event-output.ts";

/** Period of the check whether the output is still open, ms. */
const READER_CHECK = 1000;

/** `taskmux watch`: applies the config to the session each time it is saved, until interrupted. */
export async function watchProject(
  { location, json }: Invocation,
  given: readonly string[],
): Promise<number | Failure> {
  const project = await findProject(location);
  if (isFailure(project)) return project;
  const profiles = askedProfiles(project.config, given);
  const unknown = unknownProfile(project.config.tasks, profiles);
  if (unknown) return unknown;
  const refused = await refuseOthersSession(project);
  if (refused) return refused;
  const { session, configPath } = project;
  const ending = endingBySignal();
  const screen = lineScreen(json, ending.end);
  const contextFor = contextsOn(screen);
  const how = { session: location.session, contextFor, acts: true, profiles };
  const watch = configWatchOf(project, how);
  const lease = await takeLease(project, "watch", "watch");
  if (isFailure(lease)) return lease;
  const readerCheck = setInterval(() => hasReader(1) || ending.end(), READER_CHECK);
  screen.begin([`watching ${configPath} for session '${session}'`]);
  await watch(() => {}, ending.signal);
  clearInterval(readerCheck);
  closeContext();
  screen.close("No longer watching; the tasks keep running");
  lease.end();
  return ending.status();
}
