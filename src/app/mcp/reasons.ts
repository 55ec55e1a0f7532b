import { Failure, isFailure } from "../../domain/failure.ts";
import { leanErrors } from "../../domain/mcp/brief.ts";
import type { Lean, PortHolderFacts, Reasons } from "../../domain/mcp/results.ts";
import type { ToolInput } from "../../domain/mcp/tools.ts";
import { type Listener, ownershipOf } from "../../domain/tasks/port-owner.ts";
import { why } from "../commands/why.ts";
import type { ToolCall } from "./deps.ts";

type Result = Promise<Lean<Reasons> | Failure>;

/** `why`: of a task, or of a port. */
export async function whyTool(call: ToolCall, { task, port }: ToolInput<"why">): Result {
  if ((task === undefined) === (port === undefined))
    return new Failure("E500", "why takes either a task or a port");
  return task === undefined ? ofPort(call, port!) : ofTask(call, task);
}

async function ofTask({ ctx, deps }: ToolCall, name: string): Result {
  const answer = await deps.withEvents((events) => why(ctx, { name }, events));
  if (isFailure(answer)) return answer;
  const { state, summary, causes, hint, errors, port } = answer.result;
  const shown = leanErrors(errors.filter((group) => group.is_cause));
  const other = port?.holders.find(({ is_own }) => !is_own);
  return {
    state,
    summary,
    causes,
    ...(shown !== undefined && { errors: shown }),
    ...(hint !== "" && { hint }),
    ...(other !== undefined && { holder: holderFacts(other, causes, hint) }),
  };
}

/** What the sentences next to it don't say yet. */
function holderFacts(
  { pid, command, cwd, owner, hint }: Omit<PortHolderFacts, "hint"> & { hint: string | null },
  causes: readonly string[],
  shownHint: string,
): PortHolderFacts {
  const isDescribed =
    pid !== null && causes.some((cause) => cause.includes(`held by pid ${pid} (`));
  return {
    pid,
    ...(!isDescribed && { command, cwd }),
    owner,
    ...(hint !== null && hint !== shownHint && { hint }),
  };
}

async function ofPort({ ctx }: ToolCall, port: number): Result {
  const found = await ctx.ports.listeners(port);
  const task = ctx.project.config.tasks.find((one) => ctx.ports.addresses.portOf(one) === port);
  const hint = task === undefined ? {} : { hint: `taskmux why ${task.name}` };
  const [first] = found;
  if (first === undefined)
    return { state: "free", summary: `Nothing listens on port ${port}`, ...hint };
  const { holder } = first;
  const owner = ownerOf(first, ctx.ports.uid);
  return {
    state: "held",
    summary: `Port ${port} is held${holder === null ? "" : ` by pid ${holder.pid}`}`,
    ...hint,
    holder: {
      pid: holder?.pid ?? null,
      command: holder?.command ?? null,
      cwd: holder?.cwd ?? null,
      owner,
    },
  };
}

/** For no task in particular. */
function ownerOf(listener: Listener, uid: number): string {
  const claim = { scope: "", task: "", uid, repository: null, members: new Set<string>() };
  const ownership = ownershipOf(listener, claim);
  return ownership.kind === "owned"
    ? ownership.owner
    : "a process that was left behind in this project";
}
