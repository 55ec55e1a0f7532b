import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { Failure } from "../../domain/failure.ts";
import { isStopped, type RecordedServer } from "./server.ts";

/** tmux(1): the socket of the current pane's server, else of the user's default one. */
export function usualSocket(): string {
  const [inside] = process.env["TMUX"]?.split(",") ?? [];
  return inside || `${process.env["TMUX_TMPDIR"] || "/tmp"}/tmux-${process.getuid?.()}/default`;
}

/** Why tmux failed without a message: 3.1 and 3.2 exit with status 0 and no message if they can't create their socket. */
export function unsaidReason(server: RecordedServer | null): string {
  const socket = server?.socket ?? usualSocket();
  const isThere = existsSync(dirname(socket));
  return isThere ? "it gave no reason" : `it can't make ${socket}: no such directory`;
}

/** E602 for a server that doesn't answer. */
export function silence(server: RecordedServer | null): Failure {
  const pid = server?.pid;
  const who = `tmux does not answer${pid === undefined ? "" : `: its server, pid ${pid}`}`;
  if (pid === undefined) return new Failure("E602", who, "Check for a tmux server that hangs.");
  if (isStopped(pid)) return new Failure("E602", `${who}, is stopped`, `kill -CONT ${pid}`);
  return new Failure(
    "E602",
    `${who}, hangs`,
    `If it does not recover: kill ${pid} (ends its sessions)`,
  );
}
