import { heldFailure, Lease, takeLease } from "../adapters/lease.ts";
import { hasReader } from "../adapters/libc.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import { findProject, type Place } from "./action.ts";
import { endingBySignal } from "./ending.ts";
import { configWatchOf } from "./config-watch.ts";
import { closeContext } from "./context.ts";
import { contextsOn, lineScreen } from "./screen.ts";

/** How often it looks whether anyone reads what it prints, ms. */
const READER_CHECK = 1000;

/** `taskmux watch`: makes the session what the config says, each time that it is saved, until it is interrupted. */
export async function watchProject(place: Place, json: boolean): Promise<number | Failure> {
  const project = await findProject(place);
  if (isFailure(project)) return project;
  const { session, configPath } = project;
  const ending = endingBySignal();
  const screen = lineScreen(json, ending.end);
  const contextFor = contextsOn(screen);
  const watch = configWatchOf(project, { session: place.session, contextFor, acts: true });
  const lease = await takeLease(session, { kind: "watch" }, "watch");
  if (!(lease instanceof Lease)) return heldFailure(session, "watch", lease);
  const readerCheck = setInterval(() => hasReader(1) || ending.end(), READER_CHECK);
  screen.begin([`watching ${configPath} for session '${session}'`]);
  await watch(() => {}, ending.signal);
  clearInterval(readerCheck);
  closeContext();
  screen.close("No longer watching; the tasks go on");
  lease.end();
  return ending.status();
}
