import { pageOf } from "../adapters/api-page.ts";
import { type ApiServer, serveApi } from "../adapters/api-server.ts";
import { EventReader } from "../adapters/event-reader.ts";
import { searchLogs } from "../adapters/log-query.ts";
import { Api } from "../app/api.ts";
import type { ApiFeed } from "../app/daemon.ts";
import type { Context } from "../app/context.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import { sleepUntilAborted } from "./follow.ts";
import { depsOf } from "./logs.ts";

/** What a daemon's API is made of. */
export interface ApiParts {
  host: string;
  /** 0: one that is free. */
  port: number;
  token: string | null;
  version: string;
  /** The page for people: its HTML. */
  page: string;
  /** A Context of the project in force, with a lock of its own. */
  context(): Context;
}

/** An API that listens. */
export interface RunningApi extends ApiFeed {
  port: number;
  url: string;
  /** Waits for commands that are under way, 10 s at most, and closes every connection with 1001. */
  end(): Promise<void>;
}

/** Puts the API together and lets clients in; E700 for a port that is taken, E500 for an address that can't be had. */
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
      await api.end();
      await listening.end();
    },
  };
}

const depsFor = (context: () => Context) => ({
  context,
  events: () => new EventReader(),
  logs: (isFollowing: boolean) => depsOf(context().project, isFollowing),
  searchLogs: (query: Parameters<typeof searchLogs>[2]) => {
    const { configPath, session } = context().project;
    return searchLogs(configPath, session, query);
  },
  sleep: sleepUntilAborted,
});
