import type { Topic } from "./params.ts";

/** A client's subscriptions: a topic for all tasks (null), or for some. Immutable: each change returns a new value. */
export type Subscriptions = ReadonlyMap<Topic, ReadonlySet<string> | null>;

export const NO_SUBSCRIPTIONS: Subscriptions = new Map();

/** Adds topics, for one task or (null) for all. A subscription to all tasks covers each of them. */
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

/** Removes topics, for one task or (null) for all. One task can't be removed from a subscription to all. */
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

/** One row for each topic of all tasks, and one for each task of the other topics. */
export const rowsOf = (subscriptions: Subscriptions): { topic: Topic; task: string | null }[] =>
  [...subscriptions].flatMap(([topic, tasks]) =>
    tasks === null
      ? [{ topic, task: null as string | null }]
      : [...tasks].map((task) => ({ topic, task })),
  );

/** The pub/sub channel of a topic. A task's name has no `/`. */
export const channelOf = (topic: Topic, task: string | null): string =>
  task === null ? topic : `${topic}/${task}`;

/** Never both a topic's channel and the channel of one of its tasks: the client would get each message twice. */
export const channelsOf = (subscriptions: Subscriptions): Set<string> =>
  new Set(rowsOf(subscriptions).map(({ topic, task }) => channelOf(topic, task)));
