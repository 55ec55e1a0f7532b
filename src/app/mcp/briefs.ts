import type { RecordedEvent } from "../../domain/events.ts";
import { type Failure, isFailure } from "../../domain/failure.ts";
import { briefOf } from "../../domain/mcp/brief.ts";
import type { Brief, Lean, Overview } from "../../domain/mcp/results.ts";
import type { Status } from "../../domain/results/results.ts";
import { status } from "../commands/status.ts";
import { ORDERS, type ToolCall } from "./deps.ts";

/** How many events are searched for who gave the newest orders. */
const MOST_EVENTS = 200;

/** `status`. */
export async function overview(call: ToolCall): Promise<Lean<Overview> | Failure> {
  const answer = await status(call.ctx);
  if (isFailure(answer)) return answer;
  const { monitor, siblings } = answer.result;
  const tasks = await briefs(call, answer.result);
  return { tasks, monitor, ...(siblings.length > 0 && { siblings }) };
}

/** The tasks of these names as they are now. None if their state can't be read. */
export async function briefsNow(call: ToolCall, names: readonly string[]): Promise<Brief[]> {
  const answer = await status(call.ctx);
  if (isFailure(answer)) return [];
  const all = await briefs(call, answer.result);
  return all.filter(({ name }) => names.includes(name)).map((task) => withoutSelf(task, call));
}

/** The agent knows what it has just ordered. */
function withoutSelf({ by, ...task }: Brief, { deps }: ToolCall): Brief {
  return by === undefined || by === deps.actor ? task : { ...task, by };
}

const briefs = async ({ deps, project }: ToolCall, { tasks }: Status): Promise<Brief[]> =>
  deps.withEvents(async ({ newestEvents }) => {
    const orders = newestEvents(
      MOST_EVENTS,
      ({ event, session }) => session === project.session && ORDERS.has(event),
    );
    return tasks.map((task) => briefOf(task, actorOf(orders, task.name)));
  });

function actorOf(orders: readonly RecordedEvent[], name: string): string | undefined {
  const order = orders.findLast((event) => "task" in event && event.task === name);
  return order !== undefined && "by" in order && typeof order.by === "string"
    ? order.by
    : undefined;
}
