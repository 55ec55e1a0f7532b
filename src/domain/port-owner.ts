/** A process that listens on a port, and what tells whose it is. */
export interface PortHolder {
  pid: number;
  /** With the pid, a process's identity. */
  startTime: string;
  /** Effective user id. */
  uid: number;
  /** Its command line, or its name where it has none. */
  command: string;
  /** Of its terminal session: the pid of the leader. 0 where the system doesn't tell. */
  session: number;
  /** `pts/3`; null without a controlling terminal. */
  terminal: string | null;
  /** null where it can't be seen. */
  parent: { pid: number; name: string; command: string; session: number } | null;
  parentPid: number;
  /** The launch of a taskmux task that it comes from. */
  mark: HolderMark | null;
  /** The service of a service manager that it runs in, unless taskmux runs in the same: `postgresql.service`. */
  service: string | null;
  /** It is an ancestor of this process: to end it would be to end ourselves. */
  isOurAncestor: boolean;
}

/** What a process's environment says of the launch it comes from. */
export interface HolderMark {
  scope: string;
  session: string | null;
  task: string;
  /** The task is wanted up, as far as its run directory can be read. */
  isWanted: boolean;
}

/** A listening socket: `holder` is null where the process can't be seen, being another user's. */
export interface Listener {
  holder: PortHolder | null;
  /** Of whoever opened the socket; null where the system doesn't tell. */
  uid: number | null;
}

/** Who asks for the port. */
export interface PortClaim {
  scope: string;
  task: string;
  uid: number;
}

/** Whose a listener is: nobody's, or somebody's; `isFixed`: it can't be ended, or mustn't be even by force. */
export type Ownership = { kind: "orphan" } | { kind: "owned"; owner: string; isFixed: boolean };

/**
 * Whose a listener is (contract, section 4, port cleanup). An orphan bears the marks of an earlier launch of the very
 * task, or is this user's and was handed to init or a subreaper. Such a process may be a daemon that was meant to be one;
 * what tells it is a service manager's unit of its own: that is its owner. `others` are those that share the port: workers
 * of an orphan, which have its listening socket from it, are as orphaned as it is.
 */
export function ownershipOf(
  listener: Listener,
  claim: PortClaim,
  others: readonly Listener[] = [],
): Ownership {
  const { holder } = listener;
  if (holder === null) return owned(`user id ${listener.uid ?? "unknown"}`, true);
  if (holder.pid === 1) return owned("the system, whose first process it is", true);
  if (holder.isOurAncestor) return owned("whoever runs this command, which lives in it", true);
  const { mark } = holder;
  if (mark !== null && mark.scope === claim.scope && mark.task === claim.task) return orphan;
  if (mark?.isWanted) return owned(describeMark(mark), false);
  if (holder.service !== null) return owned(`service ${holder.service}`, false);
  if (holder.uid !== claim.uid) return owned(`user id ${holder.uid}`, false);
  if (isHandedOver(holder)) return orphan;
  const parent = others.find((other) => other.holder?.pid === holder.parentPid);
  if (parent && ownershipOf(parent, claim).kind === "orphan") return orphan;
  return owned(describeParent(holder), false);
}

const orphan: Ownership = { kind: "orphan" };
const owned = (owner: string, isFixed: boolean): Ownership => ({ kind: "owned", owner, isFixed });

const describeMark = ({ task, session }: HolderMark): string =>
  session === null ? `task '${task}'` : `task '${task}' of session '${session}'`;

function describeParent({ parent, parentPid, terminal, mark }: PortHolder): string {
  const where = terminal === null ? "" : ` on ${terminal}`;
  if (mark !== null) return `${describeMark(mark)}${where}`;
  if (parent === null) return `pid ${parentPid}${where}`;
  return `${parent.command} (pid ${parentPid})${where}`;
}

/**
 * Programs that take orphans in beside init: systemd's user instance, the first processes of containers and WSL. A
 * kernel doesn't tell which processes do.
 */
const reapers =
  /^(?:systemd|init|launchd|tini|dumb-init|docker-init|catatonit|containerd-shim.*|conmon|SessionLeader|Relay\(.*|init\(.*)$/;

/**
 * Whether a process's parent is gone: init has it, or a known reaper, or a process of another terminal session although
 * it leads none itself. A session is inherited from the parent that forked it, so that one is not its parent.
 */
export function isHandedOver({ pid, session, parent, parentPid }: PortHolder): boolean {
  if (parentPid <= 1) return true;
  if (parent === null) return false;
  if (reapers.test(parent.name)) return true;
  return session > 0 && session !== pid && parent.session > 0 && parent.session !== session;
}
