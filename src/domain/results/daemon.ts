import { type Static, Type } from "@sinclair/typebox";

const session = Type.String({ description: "tmux session name" });
const pid = Type.Integer({ minimum: 1 });
const address = {
  host: Type.String({ description: "what it listens on" }),
  port: Type.Integer({ minimum: 1, maximum: 65535 }),
  url: Type.String({ description: "of its page; the WebSocket API is there too" }),
};

/** The first line of `daemon --json`, before the events; the whole output of `daemon --detach --json`. */
export const daemonSchema = Type.Object({
  ok: Type.Literal(true),
  session,
  action: Type.Literal("started"),
  pid,
  ...address,
});

/** `daemon status`; without a daemon all keys but the first two are null. */
export const daemonStatusSchema = Type.Object({
  session,
  running: Type.Boolean(),
  pid: Type.Union([pid, Type.Null()]),
  host: Type.Union([address.host, Type.Null()]),
  port: Type.Union([address.port, Type.Null()]),
  url: Type.Union([address.url, Type.Null()]),
  version: Type.Union([Type.String(), Type.Null()]),
  started_at: Type.Union([Type.String({ description: "ISO 8601, UTC, with Z" }), Type.Null()]),
});

/** `daemon stop`. */
export const daemonStopSchema = Type.Object({
  ok: Type.Literal(true),
  session,
  action: Type.Union([Type.Literal("stopped"), Type.Literal("already_stopped")]),
  pid: Type.Union([pid, Type.Null()], { description: "of the daemon that was ended" }),
});

/** The monitor of `start -d`. */
const startDaemonSchema = Type.Object({
  action: Type.Union([Type.Literal("started"), Type.Literal("already_running")]),
  kind: Type.String({ description: "`daemon` or `start -m`" }),
  pid,
  url: Type.Union([address.url, Type.Null()]),
});

/** The key of a start's result. */
export const startDaemonKey = Type.Optional({
  ...startDaemonSchema,
  description: "with `--detach`: the monitor of the session",
});

export type StartDaemon = Static<typeof startDaemonSchema>;
export type DaemonStarted = Static<typeof daemonSchema>;
export type DaemonStatus = Static<typeof daemonStatusSchema>;
export type DaemonStopped = Static<typeof daemonStopSchema>;
