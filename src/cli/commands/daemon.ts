import { detachDaemon, endDaemon } from "../../adapters/daemon/process.ts";
import { DETACHED } from "../../adapters/system/environment.ts";
import { daemonLogPath, writeDaemonLog } from "../../adapters/daemon/log.ts";
import {
  type DaemonLease,
  type Lease,
  readDaemonLease,
  takeLease,
} from "../../adapters/state/lease.ts";
import { runDaemon } from "../../app/monitor/daemon.ts";
import { isAnyOn } from "../../app/tasks/stoppable.ts";
import type { Project } from "../../domain/config/config.ts";
import { unknownProfile } from "../../domain/config/profiles.ts";
import { describeEvent } from "../../domain/events.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { localSecond } from "../../domain/values/local-time.ts";
import type { DaemonStarted, DaemonStatus, DaemonStopped } from "../../domain/results/daemon.ts";
import { didYouMean } from "../../domain/values/suggest.ts";
import { page } from "../../page/embedded.ts";
import type { Invocation } from "../command.ts";
import { listening, readDaemonAnswer } from "../daemon-answer.ts";
import { askedProfiles } from "../profiles.ts";
import { findProject, type ProjectLocation } from "../project-location.ts";
import { findProjectOrRecord } from "../project-or-record.ts";
import { ownVersion } from "../version.ts";
import { type ApiParts, beginApi } from "../wiring/api.ts";
import { endingBySignal } from "../shutdown.ts";
import { configWatchOf } from "../wiring/config-watch.ts";
import { closeContext, createContext, SILENT, refuseOthersSession } from "../wiring/context.ts";
import { printIfRead, printJson, printLines } from "../output.ts";
import { contextsOn, lineScreen, type Screen } from "../wiring/event-output.ts";
import { stay, stopsOnExit } from "./stop-on-exit.ts";
import { zoneText } from "../zone.ts";

/** How long `daemon stop` waits, ms. */
const STOP_TIMEOUT = 10_000;

/** Where to listen. */
interface ListeningPort {
  /** 0: any free port. */
  port: number;
  /** Any free port will do if it is taken. */
  orFree: boolean;
}

/** The arguments of `daemon`. */
interface DaemonArguments {
  verb: string | undefined;
  port: ListeningPort;
  host: string;
  token: string | undefined;
  detach: boolean;
  stopOnExit: boolean;
  /** As given. */
  profiles: readonly string[];
}

/** `taskmux daemon`, `daemon status` and `daemon stop`. */
export async function daemon(
  { location, json }: Invocation,
  args: DaemonArguments,
): Promise<number | Failure> {
  const { verb } = args;
  if (verb === undefined) return begin({ location, json }, args);
  const action = verbs.get(verb);
  if (action === undefined) return unknownVerb(verb);
  const project = await findProjectOrRecord(location);
  return isFailure(project) ? project : action({ project, json });
}

/** Starts a daemon, in the foreground or in the background. */
async function begin(
  { location, json }: Invocation,
  args: DaemonArguments,
): Promise<number | Failure> {
  const project = await findProject(location);
  if (isFailure(project)) return project;
  const profiles = askedProfiles(project.config, args.profiles);
  const unknown = unknownProfile(project.config.tasks, profiles);
  if (unknown) return unknown;
  const token = args.token ?? (process.env["TASKMUX_TOKEN"] || null);
  const address = { host: args.host, ...args.port, token };
  const invocation = { project, json, profiles };
  if (args.detach) return detach(invocation, address, args.stopOnExit);
  return run(invocation, location, address, stopsOnExit(args.stopOnExit));
}

/** A project whose daemon is run, shown or stopped. */
interface DaemonInvocation {
  project: Project;
  json: boolean;
}

type DaemonAction = (invocation: DaemonInvocation) => Promise<number | Failure>;

const verbs = new Map<string, DaemonAction>([
  ["status", async (invocation) => showStatus(invocation)],
  ["stop", stopDaemon],
]);

const unknownVerb = (verb: string): Failure =>
  new Failure(
    "E500",
    `daemon takes status or stop, not '${verb}'`,
    didYouMean(verb, [...verbs.keys()]) ?? "To run it: taskmux daemon",
  );

/** A project whose daemon is begun. */
interface DaemonBeginning extends DaemonInvocation {
  profiles: readonly string[];
}

/** The address of the API, and its token. */
interface Address extends ListeningPort {
  host: string;
  token: string | null;
}

/** Runs the daemon in the foreground; assembles its parts. */
async function run(
  { project, json, profiles }: DaemonBeginning,
  location: ProjectLocation,
  address: Address,
  stopsTasks: boolean,
): Promise<number | Failure> {
  const { session } = project;
  const refused = await refuseOthersSession(project);
  if (refused) return refused;
  // As soon as others see this process as the monitor, they may end it.
  const ending = endingBySignal();
  const lease = await takeRoles(project);
  if (isFailure(lease)) return lease;
  const screen = process.env[DETACHED] ? logScreen(session) : lineScreen(json, ending.end);
  const contextFor = contextsOn(screen);
  // The executable delays JIT compilation, which suits commands that run for milliseconds.
  Bun.unsafe.setJITPolicy(1);
  const how = { session: location.session, contextFor, acts: true, profiles };
  const reconcile = configWatchOf(project, how);
  const version = await ownVersion();
  let current = project;
  const context: ApiParts["context"] = (actor) => contextFor(current, actor);
  const api = await listen({ ...address, version, page, context }, address);
  if (isFailure(api)) return api;
  const where = { host: address.host, port: api.port, url: api.url };
  lease.tell({ ...where, version, started_at: new Date().toISOString() });
  announce(started(session, where), json, screen);
  const onConfigApplied = (changed: Project): void => void (current = changed);
  const serve = async (): Promise<void> => {
    await runDaemon(project, { contextFor, api, reconcile, onConfigApplied }, ending.signal);
    await api.end();
  };
  const closing = await stay(serve, stopsTasks, () => contextFor(current));
  closeContext();
  if (isFailure(closing)) return closing;
  screen.close(closing);
  return ending.status();
}

async function listen(parts: ApiParts, { orFree }: ListeningPort) {
  const api = await beginApi(parts);
  return isFailure(api) && api.code === "E700" && orFree ? beginApi({ ...parts, port: 0 }) : api;
}

/** Takes the roles of a daemon: the session's monitor (this lease), and the watch of its config. */
async function takeRoles(project: Project): Promise<Lease | Failure> {
  const lease = await takeLease(project, "daemon", "monitor");
  if (isFailure(lease)) return lease;
  const watching = await takeLease(project, "daemon", "watch");
  return isFailure(watching) ? watching : lease;
}

const started = (
  session: string,
  where: Pick<DaemonStarted, "host" | "port" | "url">,
): DaemonStarted => ({ ok: true, session, action: "started", pid: process.pid, ...where });

/** Prints that the daemon listens. The process that started it in the background may be gone already. */
function announce(answer: DaemonStarted, json: boolean, screen: Screen): void {
  if (json) printIfRead(() => printJson(answer));
  screen.begin(listening(answer));
}

/** In the background everything is written to the log. */
function logScreen(session: string): Screen {
  const log = (text: string) => writeDaemonLog(session, text);
  return {
    begin: (lines) => lines.forEach(log),
    show: (event) =>
      log(`${"task" in event && event.task ? `${event.task}: ` : ""}${describeEvent(event)}`),
    notice: log,
    close: log,
  };
}

async function detach(
  { project, json, profiles }: DaemonBeginning,
  address: Address,
  stopsTasks: boolean,
): Promise<number | Failure> {
  const output = await detachDaemon(project, { ...address, stopsTasks, profiles });
  const answer = readDaemonAnswer(output);
  if (isFailure(answer)) return answer;
  if (json) printJson(answer);
  else printLines(1, [...listening(answer), `Log: ${daemonLogPath()}`]);
  return 0;
}

function showStatus({ project, json }: DaemonInvocation): number {
  const { session } = project;
  const lease = readDaemonLease(project);
  const { pid, host, port, url, version, started_at } = lease ?? NOT_RUNNING;
  const where = { pid, host, port, url, version, started_at };
  const status: DaemonStatus = { session, running: lease !== null, ...where };
  if (json) printJson(status);
  else printLines(1, renderStatus(status));
  return lease === null ? 1 : 0;
}

const sinceText = (at: string | null): string =>
  at === null ? "an unknown time" : `${localSecond(Date.parse(at))} ${zoneText(Date.now())}`;

const NOT_RUNNING = {
  pid: null,
  host: null,
  port: null,
  url: null,
  version: null,
  started_at: null,
};

const renderStatus = ({ session, pid, url, version, started_at }: DaemonStatus): string[] =>
  pid === null
    ? [`No daemon is running for session '${session}'. To start one: taskmux daemon --detach`]
    : [
        `daemon of session '${session}', pid ${pid}, version ${version}, since ${sinceText(started_at)}: ${url}`,
      ];

async function stopDaemon({ project, json }: DaemonInvocation): Promise<number | Failure> {
  const { session } = project;
  const lease = readDaemonLease(project);
  if (lease && !(await endDaemon(project, lease, STOP_TIMEOUT))) return notEnded(lease);
  const action = lease ? "stopped" : "already_stopped";
  const answer: DaemonStopped = { ok: true, session, action, pid: lease?.pid ?? null };
  if (json) printJson(answer);
  else if (lease) printLines(1, [stoppedText(project, lease)]);
  else printLines(1, [`No daemon is running for session '${session}'`]);
  return 0;
}

function stoppedText(project: Project, { pid }: DaemonLease): string {
  const isLeft = isAnyOn(createContext(project, SILENT));
  return `stopped the daemon, pid ${pid}${isLeft ? "; the tasks keep running" : ""}`;
}

const notEnded = ({ pid }: DaemonLease): Failure =>
  new Failure(
    "E218",
    `The daemon, pid ${pid}, has not ended ${STOP_TIMEOUT / 1000} s after SIGTERM`,
    `If it hangs: kill -9 ${pid} (tasks are not affected)`,
  );
