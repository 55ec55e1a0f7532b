import { type Static, type TObject, type TProperties, type TSchema, Type } from "@sinclair/typebox";
import { apiParams, topicSchema } from "./params.ts";
import { time } from "../results/parts.ts";
import {
  errorCodeSchema,
  eventSchema,
  eventsSchema,
  healthSchema,
  inspectSchema,
  killTaskSchema,
  killTasksSchema,
  logLineSchema,
  logsOfOneSchema,
  logsOfSeveralSchema,
  problemSchema,
  restartAllSchema,
  restartTaskSchema,
  restartTasksSchema,
  startAllSchema,
  startTaskSchema,
  startTasksSchema,
  statusSchema,
  stopAllSchema,
  stopTaskSchema,
  stopTasksSchema,
  taskStatusSchema,
  topSchema,
  whySchema,
} from "../results/results.ts";

// The messages of the daemon's WebSocket: what clients send, the replies, and what the daemon pushes.

const id = Type.Optional(
  Type.Union([Type.String(), Type.Number()], { description: "that of the request, if it had one" }),
);

/** The `status` of the CLI with its tasks by name, and the keys around them. */
export const apiStatusSchema = Type.Object({
  session_name: Type.String(),
  session_exists: Type.Boolean(),
  timestamp: time,
  ...Type.Omit(statusSchema, ["tasks"]).properties,
  tasks: Type.Record(Type.String(), taskStatusSchema),
});

/** The reply to a request that failed. */
export const apiErrorSchema = Type.Object({
  success: Type.Literal(false),
  error: Type.String({ description: "a sentence" }),
  error_code: errorCodeSchema,
  hint: Type.Optional(Type.String({ description: "the next step" })),
  errors: Type.Optional(Type.Array(problemSchema, { description: "all problems of a config" })),
  id,
});

const answerKeys = {
  success: Type.Boolean({ description: "false: at least a part failed; see `error`" }),
  message: Type.String({ description: "for people" }),
  id,
};
const answer = <T extends TProperties>({ properties }: TObject<T>) =>
  Type.Object({ ...answerKeys, ...properties });
/** The reply schemas of an object schema, or of each form of a union. */
const answers = (schema: TSchema): TSchema[] =>
  "anyOf" in schema ? (schema["anyOf"] as TObject[]).map(answer) : [answer(schema as TObject)];

const subscriptionsSchema = Type.Object({
  subscriptions: Type.Array(
    Type.Object({ topic: topicSchema, task: Type.Union([Type.String(), Type.Null()]) }),
    { description: "all of this client's; task null: of every task" },
  ),
});

const liveLineSchema = Type.Object({
  ...logLineSchema.properties,
  styled: Type.Optional(
    Type.String({ description: "the text with its colours (SGR codes), where it has any" }),
  ),
});

/** The lines of several tasks; with `colour` they may be styled. */
const styledLogsSchema = Type.Object({
  ...logsOfSeveralSchema.properties,
  lines: Type.Array(liveLineSchema),
});

/** The success replies of each command. */
export const apiReplySchemas: Record<keyof typeof apiParams, TSchema[]> = {
  status: [Type.Object({ id, ...apiStatusSchema.properties })],
  start: [startTaskSchema, startTasksSchema, startAllSchema].flatMap(answers),
  stop: [stopTaskSchema, stopTasksSchema, stopAllSchema].flatMap(answers),
  restart: [restartTaskSchema, restartTasksSchema, restartAllSchema].flatMap(answers),
  kill: [killTaskSchema, killTasksSchema].flatMap(answers),
  health: answers(healthSchema),
  inspect: answers(inspectSchema),
  why: answers(whySchema),
  logs: [logsOfOneSchema, styledLogsSchema].flatMap(answers),
  events: answers(eventsSchema),
  subscribe: answers(subscriptionsSchema),
  unsubscribe: answers(subscriptionsSchema),
  ping: answers(Type.Object({})),
};

/** The pushed messages. The last goes to every client, the others to its subscribers. */
export const apiPushSchema = Type.Union([
  Type.Object({ type: Type.Literal("event"), data: eventSchema }),
  Type.Object({ type: Type.Literal("status"), data: apiStatusSchema }),
  Type.Object({ type: Type.Literal("log"), data: liveLineSchema }),
  Type.Object({ type: Type.Literal("usage"), data: topSchema }),
  Type.Object({ type: Type.Literal("health_check"), data: healthSchema }),
]);

/** `GET /healthz`. */
export const healthzSchema = Type.Object({
  ok: Type.Literal(true),
  session: Type.String({ description: "tmux session name" }),
  pid: Type.Integer({ minimum: 1 }),
  version: Type.String(),
});

const commands = Object.entries(apiParams);

/** One schema for all messages in both directions. */
export const apiSchema = Type.Union([
  ...commands.map(([command, params]) =>
    Type.Object(
      { command: Type.Literal(command), params: Type.Optional(params), id },
      { title: `request: ${command}`, additionalProperties: false },
    ),
  ),
  ...Object.entries(apiReplySchemas).map(([command, forms]) =>
    Type.Union(forms, { title: `reply: ${command}` }),
  ),
  { title: "reply: error", ...apiErrorSchema },
  { title: "unasked", ...apiPushSchema },
]);

export type ApiStatus = Static<typeof apiStatusSchema>;
export type ApiError = Static<typeof apiErrorSchema>;
export type ApiPush = Static<typeof apiPushSchema>;
