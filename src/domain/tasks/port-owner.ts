import { shellWord } from "../values/shell-word.ts";

/** A process that listens on a port, with the facts that show whose it is. */
export interface PortHolder {
  pid: number;
  /** Identifies the process, together with the pid. */
  startTime: string;
  /** Effective user id. */
  uid: number;
  /** The name of that user; the id if it has none. */
  user: string;
  /** Its command line, or its name if that is empty. */
  command: string;
  /** Its working directory; null if unreadable. */
  cwd: string | null;
  /** Its working directory is in this project, and not in another project inside of it. */
  isInProject: boolean;
  /** The pid of its terminal session's leader; 0 if the system doesn't report it. */
  session: number;
  /** `pts/3`; null without a controlling terminal. */
  terminal: string | null;
  /** null if unreadable. */
  parent: { pid: number; name: string; command: string; session: number } | null;
  parentPid: number;
  /** The launch of a taskmux task that it descends from. */
  mark: HolderMark | null;
  /** The service that it runs in, for example `postgresql.service`; null if taskmux runs in the same one. */
  service: string | null;
  /** It is an ancestor of this process: ending it would end this command too. */
  isOurAncestor: boolean;
}

/** The launch that a process descends from, known from its environment or from the launcher above it. */
export interface HolderMark {
  scope: string;
  session: string | null;
  task: string;
  /** The task is wanted up, as far as its run directory can be read. */
  isWanted: boolean;
  /** The session's config, an absolute path; null if unknown. */
  config: string | null;
  /** The git repository of that config, an absolute path; null if unknown, or in none. */
  repository: string | null;
}

/** A listening socket; `holder` is null if the process can't be seen because it is another user's. */
export interface Listener {
  holder: PortHolder | null;
  /** The user who opened the socket; null if the system doesn't report it. */
  user: string | null;
}

/** The task that needs the port. */
export interface PortClaim {
  scope: string;
  task: string;
  uid: number;
  /** The git repository of the task's config; null if it is in none. */
  repository: string | null;
  /** The running processes of the task, by {@link identityOf}. */
  members: ReadonlySet<string>;
}

/** Identifies a process: a later process with the same pid has another start time. */
export const identityOf = ({ pid, startTime }: { pid: number; startTime: string }): string =>
  `${pid} ${startTime}`;

/** Who owns a listener: it is an orphan of this project, or someone else's. `isFixed`: not ended even by force. */
export type Ownership = { kind: "orphan" } | { kind: "owned"; owner: string; isFixed: boolean };

/**
 * Decides who owns a listener. Only an orphan may be ended, and only with proof: it is a process of the same task, left by
 * an earlier launch; or its parent is gone, it is this user's, its working directory is in this project, and neither
 * another session's mark nor a service claims it. A missing parent alone proves nothing: `pg_ctl start` and `nohup` leave
 * servers like that on purpose. `others` share the port: workers of an orphan, which inherited its listening socket, are
 * orphans too.
 */
export function ownershipOf(
  listener: Listener,
  claim: PortClaim,
  others: readonly Listener[] = [],
): Ownership {
  const { holder } = listener;
  if (holder === null) return owned(`user ${listener.user ?? "unknown"}`, true);
  if (holder.pid === 1) return owned("the system, whose first process it is", true);
  if (holder.isOurAncestor) return owned("the program that runs this command", true);
  if (isOfTask(holder, claim)) return ORPHAN;
  if (holder.uid !== claim.uid) return owned(`user ${holder.user}`, true);
  const { mark } = holder;
  if (mark !== null && mark.scope !== claim.scope) return owned(describeMark(mark), mark.isWanted);
  if (mark?.isWanted) return owned(describeMark(mark), false);
  if (holder.service !== null) return owned(`service ${holder.service}`, false);
  if (isHandedOver(holder) && holder.isInProject) return ORPHAN;
  const parent = others.find((other) => other.holder?.pid === holder.parentPid);
  if (parent && ownershipOf(parent, claim).kind === "orphan") return ORPHAN;
  return owned(describeOwner(holder), false);
}

const ORPHAN: Ownership = { kind: "orphan" };
const owned = (owner: string, isFixed: boolean): Ownership => ({ kind: "owned", owner, isFixed });

/** Whether a process belongs to one of the task's launches, by its mark or as a member. */
export const isOfTask = (holder: PortHolder, { scope, task, members }: PortClaim): boolean =>
  (holder.mark?.scope === scope && holder.mark.task === task) || members.has(identityOf(holder));

const describeMark = ({ task, session }: HolderMark): string =>
  session === null ? `task '${task}'` : `task '${task}' of session '${session}'`;

function describeOwner(holder: PortHolder): string {
  const { parent, parentPid, terminal, mark, user } = holder;
  const where = terminal === null ? "" : ` on ${terminal}`;
  if (mark !== null) return `${describeMark(mark)}${where}`;
  if (isHandedOver(holder)) return `user ${user}`;
  if (parent === null) return `pid ${parentPid}${where}`;
  return `${parent.command} (pid ${parentPid})${where}`;
}

/** `pid 4242 (node server.js) in /home/me/shop`. */
export function describeHolder(holder: Pick<PortHolder, "pid" | "command" | "cwd"> | null): string {
  if (holder === null) return "a process";
  const { pid, command, cwd } = holder;
  return `pid ${pid} (${command})${cwd === null ? "" : ` in ${cwd}`}`;
}

/**
 * What to do about an owned listener, as a sentence. `--force-port` is suggested only for this user's own program in this
 * project: any other may be needed by another task, project or person.
 */
export function hintOf(
  { holder }: Listener,
  ownership: Ownership,
  claim: PortClaim,
  port: number,
): string {
  const otherPort = `give task '${claim.task}' another port`;
  if (holder === null || holder.uid !== claim.uid || holder.isOurAncestor)
    return `${otherPort[0]!.toUpperCase()}${otherPort.slice(1)}`;
  const { mark, pid } = holder;
  if (mark !== null && mark.scope === claim.scope)
    return `Stop it first: taskmux stop ${mark.task}; or ${otherPort}`;
  if (mark?.config) {
    const stop = `taskmux -c ${shellWord(mark.config)} stop ${mark.task}`;
    const isSibling = claim.repository !== null && mark.repository === claim.repository;
    const ownPort = `give each worktree a port of its own: port = "${port}+"`;
    return `Stop it there: ${stop}; or ${isSibling ? ownPort : otherPort}`;
  }
  if (mark !== null) return `Stop it with taskmux in its own project, or ${otherPort}`;
  const isFixed = ownership.kind === "owned" && ownership.isFixed;
  if (holder.isInProject && holder.service === null && !isFixed)
    return `Stop it yourself, or have taskmux end it: taskmux start ${claim.task} --force-port`;
  return `If nothing needs pid ${pid} any more, stop it yourself; or ${otherPort}`;
}

/**
 * Programs that adopt orphans like init does: systemd's user instance, the first processes of containers and WSL. The
 * kernel doesn't report which processes do.
 */
const REAPERS =
  /^(?:systemd|init|launchd|tini|dumb-init|docker-init|catatonit|containerd-shim.*|conmon|SessionLeader|Relay\(.*|init\(.*)$/;

/**
 * Whether a process's parent is gone: its parent is init, a known reaper, or a process of another terminal session although
 * it is no session leader itself. A forked process inherits its session, so that such a parent is not its original one.
 */
export function isHandedOver({ pid, session, parent, parentPid }: PortHolder): boolean {
  if (parentPid <= 1) return true;
  if (parent === null) return false;
  if (REAPERS.test(parent.name)) return true;
  return session > 0 && session !== pid && parent.session > 0 && parent.session !== session;
}
