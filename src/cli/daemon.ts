import { detachDaemon, DETACHED, endDaemon } from "../adapters/daemon-process.ts";
import { daemonLogPath, writeDaemonLog } from "../adapters/daemon-log.ts";
import {
  type DaemonLease,
  heldFailure,
  Lease,
  readDaemonLease,
  takeLease,
} from "../adapters/lease.ts";
import { runDaemon } from "../app/daemon.ts";
import type { Project } from "../domain/config.ts";
import { describeEvent } from "../domain/events.ts";
import { type ErrorCode, Failure, isFailure } from "../domain/failure.ts";
import type { DaemonStarted, DaemonStatus, DaemonStopped } from "../domain/results-daemon.ts";
import { didYouMean } from "../domain/suggest.ts";
import { page } from "../page/embedded.ts";
import { findProject, ownVersion, type Place } from "./action.ts";
import { beginApi } from "./api.ts";
import type { Input } from "./commands.ts";
import { endingBySignal } from "./ending.ts";
import { configWatchOf } from "./config-watch.ts";
import { closeContext } from "./context.ts";
import type { FlagValues } from "./flags.ts";
import { printJson, printLines, ReaderGone } from "./output.ts";
import { contextsOn, lineScreen, type Screen } from "./screen.ts";

const DEFAULT_PORT = 8765;
const DEFAULT_HOST = "127.0.0.1";

/** How long `daemon stop` waits, ms. */
const PATIENCE = 10_000;

/** `taskmux daemon`, `daemon status` and `daemon stop`. */
export async function daemon(
  place: Place,
  { names, flags }: Input,
  json: boolean,
): Promise<number | Failure> {
  const [verb] = names;
  const act = verb === undefined ? runOrDetach : verbs.get(verb);
  if (act === undefined) return unknownVerb(verb!);
  const project = await findProject(place);
  if (isFailure(project)) return project;
  return act({ project, place, json, flags });
}

interface Asked {
  project: Project;
  place: Place;
  json: boolean;
  flags: FlagValues;
}

type Act = (asked: Asked) => Promise<number | Failure>;

const verbs = new Map<string, Act>([
  ["status", async (asked) => showStatus(asked)],
  ["stop", stopDaemon],
]);

const unknownVerb = (verb: string): Failure =>
  new Failure(
    "E500",
    `daemon takes status or stop, not '${verb}'`,
    didYouMean(verb, [...verbs.keys()]) ?? "Without a word it runs: taskmux daemon",
  );

/** Where the API is to be, and what it asks for. */
interface Address {
  host: string;
  port: number;
  token: string | null;
}

function addressOf(flags: FlagValues): Address | Failure {
  const port = (flags["port"] as number | undefined) ?? DEFAULT_PORT;
  if (port > 65535) return new Failure("E500", `--port takes 0 to 65535, not ${port}`);
  const host = (flags["host"] as string | undefined) ?? DEFAULT_HOST;
  const token = (flags["token"] as string | undefined) ?? (process.env["TASKMUX_TOKEN"] || null);
  return { host, port, token };
}

async function runOrDetach(asked: Asked): Promise<number | Failure> {
  const address = addressOf(asked.flags);
  if (isFailure(address)) return address;
  return asked.flags["detach"] === true ? detach(asked, address) : run(asked, address);
}

/** The daemon in the foreground: all that it is made of is put together here. */
async function run({ project, place, json }: Asked, address: Address): Promise<number | Failure> {
  const isDetached = process.env[DETACHED] !== undefined;
  delete process.env[DETACHED];
  const { session } = project;
  const lease = await takeRoles(session);
  if (isFailure(lease)) return lease;
  const ending = endingBySignal();
  const screen = isDetached ? logScreen(session) : lineScreen(json, ending.end);
  const contextFor = contextsOn(screen);
  // The executable starts with a compiler that holds back, for commands that live for milliseconds.
  Bun.unsafe.setJITPolicy(1);
  const reconcile = configWatchOf(project, { session: place.session, contextFor, acts: true });
  const version = await ownVersion();
  let current = project;
  const api = await beginApi({ ...address, version, page, context: () => contextFor(current) });
  if (isFailure(api)) return api;
  const where = { host: address.host, port: api.port, url: api.url };
  lease.tell({ kind: "daemon", ...where, version, started_at: new Date().toISOString() });
  const { pid } = process;
  const answer: DaemonStarted = { ok: true, session, action: "started", pid, ...where };
  tell(answer, json);
  screen.begin(listening(answer));
  const inForce = (changed: Project): void => void (current = changed);
  await runDaemon(project, { contextFor, api, reconcile, inForce }, ending.signal);
  await api.end();
  closeContext();
  screen.close("No longer monitored; the tasks go on. See: taskmux status");
  return ending.status();
}

/** A daemon is the session's monitor, whose lease this is, and watches its config. */
async function takeRoles(session: string): Promise<Lease | Failure> {
  const [monitor, watch] = ["monitor", "watch"] as const;
  const lease = await takeLease(session, { kind: "daemon" }, monitor);
  if (!(lease instanceof Lease)) return heldFailure(session, monitor, lease);
  const watching = await takeLease(session, { kind: "daemon" }, watch);
  return watching instanceof Lease ? lease : heldFailure(session, watch, watching);
}

/** Whoever put it into the background may be gone already. */
function tell(answer: DaemonStarted, json: boolean): void {
  try {
    if (json) printJson(answer);
  } catch (error) {
    if (!(error instanceof ReaderGone)) throw error;
  }
}

/** In the background it says everything in the log. */
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

async function detach({ project, json }: Asked, address: Address): Promise<number | Failure> {
  const said = await detachDaemon(project, address);
  const answer = readAnswer(said);
  if (isFailure(answer)) return answer;
  if (json) printJson(answer);
  else printLines(1, [...listening(answer), `It says what happens in ${daemonLogPath()}`]);
  return 0;
}

const listening = ({ session, pid, url }: DaemonStarted): string[] => [
  `daemon of session '${session}', pid ${pid}: ${url}`,
];

type Refusal = { ok: false; error: string; hint?: string; error_code: ErrorCode };

function readAnswer(said: string): DaemonStarted | Failure {
  try {
    const answer = JSON.parse(said) as DaemonStarted | Refusal;
    return answer.ok ? answer : new Failure(answer.error_code, answer.error, answer.hint);
  } catch {
    return new Failure("E900", "The daemon ended before it listened", `See ${daemonLogPath()}`);
  }
}

function showStatus({ project: { session }, json }: Asked): number {
  const lease = readDaemonLease(session);
  const { pid, host, port, url, version, started_at } = lease ?? nobody;
  const where = { pid, host, port, url, version, started_at };
  const status: DaemonStatus = { session, running: lease !== null, ...where };
  if (json) printJson(status);
  else printLines(1, renderStatus(status));
  return lease === null ? 1 : 0;
}

const nobody = { pid: null, host: null, port: null, url: null, version: null, started_at: null };

const renderStatus = ({ session, pid, url, version, started_at }: DaemonStatus): string[] =>
  pid === null
    ? [`No daemon of session '${session}' runs. To run one: taskmux daemon --detach`]
    : [
        `daemon of session '${session}', pid ${pid}, version ${version}, since ${started_at}: ${url}`,
      ];

async function stopDaemon({ project: { session }, json }: Asked): Promise<number | Failure> {
  const lease = readDaemonLease(session);
  if (lease && !(await endDaemon(session, lease, PATIENCE))) return livesOn(lease);
  const action = lease ? "stopped" : "already_stopped";
  const answer: DaemonStopped = { ok: true, session, action, pid: lease?.pid ?? null };
  if (json) printJson(answer);
  else if (lease) printLines(1, [`stopped the daemon, pid ${lease.pid}; the tasks go on`]);
  else printLines(1, [`No daemon of session '${session}' runs`]);
  return 0;
}

const livesOn = ({ pid }: DaemonLease): Failure =>
  new Failure(
    "E900",
    `The daemon, pid ${pid}, has not ended ${PATIENCE / 1000} s after SIGTERM`,
    `If it hangs: kill -9 ${pid} (no task is lost)`,
  );
