import type { ApiClient, ApiHandlers } from "../../adapters/daemon/server.ts";
import type { Topic } from "../../domain/api/params.ts";
import { failureReply, named, successReply } from "../../domain/api/reply.ts";
import { type ApiRequest, readMessage, type ReadMessage } from "../../domain/api/request.ts";
import {
  channelsOf,
  NO_SUBSCRIPTIONS,
  rowsOf,
  subscribed,
  type Subscriptions,
  unsubscribed,
} from "../../domain/api/subscriptions.ts";
import { countMessage } from "../../domain/api/sentences.ts";
import { Failure, isFailure } from "../../domain/failure.ts";
import { thrownFailure } from "../../domain/system-error.ts";
import { type ApiDeps, type ClientCommand, perform, type ProjectRequest } from "./commands.ts";
import { ApiFeeds, type Outlet } from "./feeds.ts";
import { QueryQueue } from "./query-queue.ts";
import { taskNamed } from "../selection.ts";

/** Limits per client: commands in progress, and subscriptions. */
const MOST_COMMANDS = 32;
const MOST_SUBSCRIPTIONS = 256;

/** Maximum length of a reply, in characters. */
const MOST_REPLY = 8 << 20;

/** How long the daemon waits at its end for commands in progress, ms. */
const SHUTDOWN_TIMEOUT = 10_000;

const TOPICS: readonly Topic[] = ["events", "status", "logs", "usage"];

interface ClientState {
  subscriptions: Subscriptions;
  /** Number of commands in progress. */
  busy: number;
}

const binary: ReadMessage = {
  id: null,
  request: new Failure("E500", "Binary messages are not supported", "Send JSON as text."),
};

/** Handles the requests of the daemon's clients, and pushes messages to them. No input of a client makes it throw. */
export class Api implements ApiHandlers {
  readonly #clients = new Map<ApiClient, ClientState>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #feeds: ApiFeeds;
  readonly #queries: QueryQueue;
  #isEnding = false;
  readonly #deps: ApiDeps;

  constructor(deps: ApiDeps, outlet: Outlet) {
    this.#deps = deps;
    this.#feeds = new ApiFeeds(deps, outlet);
    this.#queries = new QueryQueue(() => deps.sleep(0, new AbortController().signal));
  }

  changed(): void {
    this.#feeds.changed();
  }

  healthChecked(): void {
    this.#feeds.healthChecked();
  }

  opened(client: ApiClient): void {
    this.#clients.set(client, { subscriptions: NO_SUBSCRIPTIONS, busy: 0 });
  }

  closed(client: ApiClient): void {
    this.#clients.delete(client);
    this.#feed();
  }

  received(client: ApiClient, text: string | null): void {
    const state = this.#clients.get(client);
    if (state === undefined) return;
    const { id, request } = text === null ? binary : readMessage(text);
    const reply = (answer: object | Failure): void => client.send(replyText(answer, id));
    if (isFailure(request)) return reply(request);
    if (isForClient(request)) return reply(this.#answer(client, state, request));
    const refused = this.#refuse(state);
    if (refused) return reply(refused);
    state.busy++;
    const work = this.#perform(request).then((answer) => {
      state.busy--;
      this.#underWay.delete(work);
      reply(answer);
    });
    this.#underWay.add(work);
  }

  /** Accepts no more commands, and gives those in progress some time to end. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#feeds.end();
    const tooLong = new AbortController();
    const timeIsUp = this.#deps.sleep(SHUTDOWN_TIMEOUT, tooLong.signal);
    await Promise.race([Promise.all(this.#underWay), timeIsUp]);
    tooLong.abort();
  }

  #refuse({ busy }: ClientState): Failure | null {
    if (this.#isEnding) return new Failure("E901", "The daemon is ending");
    if (busy < MOST_COMMANDS) return null;
    const sentence = `${MOST_COMMANDS} commands of this client are in progress`;
    return new Failure("E703", sentence, "Wait for a reply first.");
  }

  async #perform(request: ProjectRequest): Promise<object | Failure> {
    try {
      const act = () => perform(this.#deps, request);
      return await (changesNothing(request)
        ? this.#queries.run(JSON.stringify(request), act)
        : act());
    } catch (error) {
      return thrownFailure(error);
    }
  }

  #answer(
    client: ApiClient,
    state: ClientState,
    { command, params }: Extract<ApiRequest, { command: ClientCommand }>,
  ): object | Failure {
    if (command === "ping") return successReply({}, "pong");
    const { topics = TOPICS, task = null } = params;
    const change = command === "subscribe" ? subscribed : unsubscribed;
    const next = change(state.subscriptions, topics, task);
    const refused = command === "subscribe" ? this.#refuseSubscription(next, task) : null;
    if (refused) return refused;
    move(client, state.subscriptions, next);
    state.subscriptions = next;
    this.#feed();
    const subscriptions = rowsOf(next);
    return successReply({ subscriptions }, countMessage(subscriptions.length, "subscription"));
  }

  #refuseSubscription(next: Subscriptions, task: string | null): Failure | null {
    const { config } = this.#deps.context().project;
    const named = task === null ? null : taskNamed(config, task);
    if (isFailure(named)) return named;
    if (rowsOf(next).length <= MOST_SUBSCRIPTIONS) return null;
    const hint = "Subscribe without `task` for all tasks.";
    return new Failure("E703", `A client has ${MOST_SUBSCRIPTIONS} subscriptions at most`, hint);
  }

  /** Runs the feeds that clients have subscribed to. */
  #feed(): void {
    const wanted = [...this.#clients.values()].flatMap(({ subscriptions }) => [
      ...subscriptions.keys(),
    ]);
    this.#feeds.want(new Set(wanted));
  }
}

const isForClient = (
  request: ApiRequest,
): request is Extract<ApiRequest, { command: ClientCommand }> =>
  ["subscribe", "unsubscribe", "ping"].includes(request.command);

/**
 * Queries share the queue. Other commands may take long and wait for the session's lock, so they must not delay queries.
 */
const changesNothing = ({ command }: ProjectRequest): boolean =>
  ["status", "health", "inspect", "why", "logs", "events"].includes(command);

function move(client: ApiClient, from: Subscriptions, to: Subscriptions): void {
  const [old, now] = [channelsOf(from), channelsOf(to)];
  for (const channel of old) if (!now.has(channel)) client.leave(channel);
  for (const channel of now) if (!old.has(channel)) client.join(channel);
}

function replyText(answer: object | Failure, id: ReadMessage["id"]): string {
  const text = JSON.stringify(named(isFailure(answer) ? failureReply(answer) : answer, id));
  if (text.length <= MOST_REPLY) return text;
  const sentence = `The reply would have ${Math.ceil(text.length / 1e6)} MB`;
  return replyText(new Failure("E703", sentence, "Ask for fewer lines."), id);
}
