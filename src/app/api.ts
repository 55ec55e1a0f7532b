import type { ApiClient, ApiHandlers } from "../adapters/api-server.ts";
import type { Topic } from "../domain/api-params.ts";
import { failureReply, named, successReply } from "../domain/api-reply.ts";
import { type ApiRequest, readMessage, type ReadMessage } from "../domain/api-request.ts";
import {
  channelsOf,
  NO_SUBSCRIPTIONS,
  rowsOf,
  subscribed,
  type Subscriptions,
  unsubscribed,
} from "../domain/api-subscriptions.ts";
import { countMessage } from "../domain/api-message.ts";
import { Failure, isFailure } from "../domain/failure.ts";
import { type ApiDeps, type ClientCommand, perform, type ProjectRequest } from "./api-commands.ts";
import { ApiFeeds, type Outlet } from "./api-feeds.ts";
import { ApiLooks } from "./api-looks.ts";
import { tasksNamed } from "./selection.ts";

/** What one client may have at a time: commands under way, and subscriptions. */
const MOST_COMMANDS = 32;
const MOST_SUBSCRIPTIONS = 256;

/** Letters; a longer reply is refused. */
const MOST_REPLY = 8 << 20;

/** How long the daemon's end waits for commands that are under way, ms. */
const PATIENCE = 10_000;

const TOPICS: readonly Topic[] = ["events", "status", "logs"];

interface Known {
  subscriptions: Subscriptions;
  /** Commands under way. */
  busy: number;
}

const binary: ReadMessage = {
  id: null,
  request: new Failure("E500", "Binary messages are not understood", "Send JSON as text."),
};

/** What the daemon's clients may ask for, and what they are told. Nothing that comes from a client throws out of it. */
export class Api implements ApiHandlers {
  readonly #clients = new Map<ApiClient, Known>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #feeds: ApiFeeds;
  readonly #looks: ApiLooks;
  #isEnding = false;

  constructor(
    private readonly deps: ApiDeps,
    outlet: Outlet,
  ) {
    this.#feeds = new ApiFeeds(deps, outlet);
    this.#looks = new ApiLooks(() => deps.sleep(0, new AbortController().signal));
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
    const known = this.#clients.get(client);
    if (known === undefined) return;
    const { id, request } = text === null ? binary : readMessage(text);
    const reply = (answer: object | Failure): void => client.send(replyText(answer, id));
    if (isFailure(request)) return reply(request);
    if (isForClient(request)) return reply(this.#answer(client, known, request));
    const refused = this.#refuse(known);
    if (refused) return reply(refused);
    known.busy++;
    const work = this.#perform(request).then((answer) => {
      known.busy--;
      this.#underWay.delete(work);
      reply(answer);
    });
    this.#underWay.add(work);
  }

  /** No command begins any more; those that are under way have some time to end. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#feeds.end();
    const tooLong = new AbortController();
    const timeIsUp = this.deps.sleep(PATIENCE, tooLong.signal);
    await Promise.race([Promise.all(this.#underWay), timeIsUp]);
    tooLong.abort();
  }

  #refuse({ busy }: Known): Failure | null {
    if (this.#isEnding) return new Failure("E901", "The daemon is ending");
    if (busy < MOST_COMMANDS) return null;
    const sentence = `${MOST_COMMANDS} commands of yours are under way`;
    return new Failure("E703", sentence, "Wait for a reply first.");
  }

  async #perform(request: ProjectRequest): Promise<object | Failure> {
    try {
      const act = () => perform(this.deps, request);
      return await (changesNothing(request)
        ? this.#looks.take(JSON.stringify(request), act)
        : act());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return new Failure("E900", `Internal error: ${why}`, "This is a bug in taskmux.");
    }
  }

  #answer(
    client: ApiClient,
    known: Known,
    { command, params }: Extract<ApiRequest, { command: ClientCommand }>,
  ): object | Failure {
    if (command === "ping") return successReply({}, "pong");
    const { topics = TOPICS, task = null } = params;
    const change = command === "subscribe" ? subscribed : unsubscribed;
    const next = change(known.subscriptions, topics, task);
    const refused = command === "subscribe" ? this.#refuseSubscription(next, task) : null;
    if (refused) return refused;
    move(client, known.subscriptions, next);
    known.subscriptions = next;
    this.#feed();
    const subscriptions = rowsOf(next);
    return successReply({ subscriptions }, countMessage(subscriptions.length, "subscription"));
  }

  #refuseSubscription(next: Subscriptions, task: string | null): Failure | null {
    const { config } = this.deps.context().project;
    const named = tasksNamed(config, task === null ? [] : [task]);
    if (isFailure(named)) return named;
    if (rowsOf(next).length <= MOST_SUBSCRIPTIONS) return null;
    const hint = "Subscribe without `task`: it tells of all.";
    return new Failure("E703", `A client has ${MOST_SUBSCRIPTIONS} subscriptions at most`, hint);
  }

  /** Feeds what any client listens to. */
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

/** Each of the others may take long, waits for the session's lock, and must not keep looks waiting. */
const changesNothing = ({ command }: ProjectRequest): boolean =>
  ["status", "health", "inspect", "logs", "events"].includes(command);

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
