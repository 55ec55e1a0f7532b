import type { Topic } from "./api-params.ts";

/** What a client is told of: a topic of all tasks (null), or of some. Values: each change makes a new one. */
export type Subscriptions = ReadonlyMap<Topic, ReadonlySet<string> | null>;

export const NO_SUBSCRIPTIONS: Subscriptions = new Map();

/** Adds topics, of one task or (null) of all; who is told of all tasks goes on being told of all. */
export function subscribed(
  current: Subscriptions,
  topics: readonly Topic[],
  task: string | null,
): Subscriptions {
  const next = new Map(current);
  for (const topic of topics) {
    const tasks = next.get(topic);
    if (task === null) next.set(topic, null);
    else if (tasks !== null) next.set(topic, new Set([...(tasks ?? []), task]));
  }
  return next;
}

/** Takes topics away, of one task or (null) of every one. One task can't be taken out of all. */
export function unsubscribed(
  current: Subscriptions,
  topics: readonly Topic[],
  task: string | null,
): Subscriptions {
  const next = new Map(current);
  for (const topic of topics) {
    const left = task === null ? new Set<string>() : without(next.get(topic) ?? null, task);
    if (left?.size === 0) next.delete(topic);
    else if (left !== null) next.set(topic, left);
  }
  return next;
}

const without = (tasks: ReadonlySet<string> | null, task: string): Set<string> | null =>
  tasks === null ? null : new Set([...tasks].filter((name) => name !== task));

/** One row for each topic of all tasks, and for each task of a topic of some. */
export const rowsOf = (subscriptions: Subscriptions): { topic: Topic; task: string | null }[] =>
  [...subscriptions].flatMap(([topic, tasks]) =>
    tasks === null
      ? [{ topic, task: null as string | null }]
      : [...tasks].map((task) => ({ topic, task })),
  );

/** The channel of a topic: what goes to it reaches every client that has subscribed so. No task's name has a `/`. */
export const channelOf = (topic: Topic, task: string | null): string =>
  task === null ? topic : `${topic}/${task}`;

/** A client has never both a topic's channel and one of its tasks': it gets each message once. */
export const channelsOf = (subscriptions: Subscriptions): Set<string> =>
  new Set(rowsOf(subscriptions).map(({ topic, task }) => channelOf(topic, task)));
