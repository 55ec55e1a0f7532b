import { type Static, Type } from "@sinclair/typebox";

// The params of the API's commands. Error messages quote the descriptions.

/** Maximum number of lines in one reply: it bounds what the reply costs. */
export const MOST_LINES = 10_000;

const named = (description: string) => Type.Optional(Type.String({ description }));
const flag = Type.Optional(Type.Boolean({ description: "true or false" }));
const lines = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: MOST_LINES,
    description: `a whole number from 0 to ${MOST_LINES}`,
  }),
);
const task = named("a task's name");
const time = named("a duration such as 5m, or a time such as 2024-01-01T14:00Z");
const names = {
  actor: named("who gives the order, as events name it"),
  task,
  tasks: Type.Optional(
    Type.Array(Type.String({ description: "a task's name" }), {
      minItems: 1,
      description: "a non-empty list of task names",
    }),
  ),
};
const starting = {
  ...names,
  no_deps: flag,
  force_port: flag,
  wait: flag,
  timeout: Type.Optional(
    Type.Union([Type.Number({ minimum: 0, maximum: 86_400 }), Type.String()], {
      description: 'seconds, or a duration such as "90s"',
    }),
  ),
};

export const topicSchema = Type.Union(
  [Type.Literal("events"), Type.Literal("status"), Type.Literal("logs"), Type.Literal("usage")],
  { description: '"events", "status", "logs" or "usage"' },
);
const topicList = Type.Array(topicSchema, {
  minItems: 1,
  description: 'a list of "events", "status", "logs", "usage"',
});

const params = <T extends Parameters<typeof Type.Object>[0]>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

/** The params of every command of the API. */
export const apiParams = {
  status: params({}),
  start: params(starting),
  stop: params(names),
  restart: params({ ...starting, fresh: flag }),
  kill: params(names),
  health: params({}),
  inspect: params({ task: Type.String({ description: "a task's name" }) }),
  why: params({ task: Type.String({ description: "a task's name" }) }),
  logs: params({
    task,
    lines,
    since: time,
    colour: flag,
    grep: Type.Optional(
      Type.String({
        pattern: "^[^\\x00]{0,1000}$",
        description: "a text of at most 1000 characters",
      }),
    ),
  }),
  events: params({ task, lines, since: time }),
  subscribe: params({ topics: topicList, task }),
  unsubscribe: params({ topics: Type.Optional(topicList), task }),
  ping: params({}),
};

export type ApiCommand = keyof typeof apiParams;
export type ApiParams<C extends ApiCommand> = Static<(typeof apiParams)[C]>;
export type Topic = Static<typeof topicSchema>;
