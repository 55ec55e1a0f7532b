import { pageOf } from "../../adapters/daemon/page.ts";
import { type ApiServer, serveApi } from "../../adapters/daemon/server.ts";
import { EventReader } from "../../adapters/events/reader.ts";
import { endSearches, searchLogs } from "../../adapters/logs/query.ts";
import { apiSocketPath } from "../../adapters/system/paths.ts";
import { Api } from "../../app/api/api.ts";
import type { ApiFeed } from "../../app/monitor/daemon.ts";
import type { Context } from "../../app/context.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { sleepUntilAborted } from "../../adapters/system/timers.ts";
import { depsOf } from "./logs.ts";
import { withEvents } from "./why.ts";

/** The parts of a daemon's API. */
export interface ApiParts {
  host: string;
  /** 0: any free port. */
  port: number;
  token: string | null;
  version: string;
  /** The HTML of the page. */
  page: string;
  /** A Context of the current project, with a lock of its own. `actor`: who orders what it does. */
  context(actor?: string): Context;
}

/** A running API. */
export interface RunningApi extends ApiFeed {
  port: number;
  url: string;
  /** Waits up to 10 s for commands in progress, then closes every connection with 1001. */
  end(): Promise<void>;
}

/** Assembles the API and starts to listen; E700 if the port is in use, E500 if it can't listen on the address. */
export async function beginApi(parts: ApiParts): Promise<RunningApi | Failure> {
  const { host, port, token, version, context } = parts;
  const { session } = context().project;
  let server: ApiServer | null = null;
  const api = new Api(depsFor(context), {
    publish: (channel, text) => server?.publish(channel, text),
    broadcast: (text) => server?.broadcast(text),
    clients: () => server?.clients() ?? 0,
  });
  const listening = await serveApi({
    host,
    port,
    token,
    uid: process.geteuid?.() ?? -1,
    socket: apiSocketPath(session),
    healthz: { ok: true, session, pid: process.pid, version },
    page: pageOf(parts.page),
    handlers: api,
  });
  if (isFailure(listening)) return listening;
  server = listening;
  return {
    port: listening.port,
    url: listening.url,
    changed: () => api.changed(),
    healthChecked: () => api.healthChecked(),
    end: async () => {
      endSearches();
      await api.end();
      await listening.end();
    },
  };
}

const depsFor = (context: ApiParts["context"]) => ({
  context,
  events: () => new EventReader(),
  logs: (isFollowing: boolean) => depsOf(context().project, isFollowing),
  searchLogs: (query: Parameters<typeof searchLogs>[2]) => {
    const { configPath, session } = context().project;
    return searchLogs(configPath, session, query);
  },
  withEvents,
  sleep: sleepUntilAborted,
});
