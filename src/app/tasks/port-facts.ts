import type { Task } from "../../domain/config/config.ts";
import type { Why } from "../../domain/results/why.ts";
import {
  hintOf,
  isOfTask,
  type Listener,
  ownershipOf,
  type PortClaim,
} from "../../domain/tasks/port-owner.ts";
import type { Context } from "../context.ts";
import { claimOf } from "./free-port.ts";
import { marksOf } from "./task-marks.ts";

/** The port of a task, who listens on it, and where else the task's own processes listen; null without a port. */
export async function portFacts(ctx: Context, task: Task): Promise<Why["port"]> {
  const { name } = task;
  const port = ctx.ports.addresses.portOf(task);
  if (port === null) return null;
  const marks = marksOf(ctx, name, ctx.state.task(name).launcher());
  const found = await ctx.ports.listeners(port);
  const claim = found.length === 0 ? null : await claimOf(ctx, marks);
  const holders = found.map((one) => holderOf(ctx, task, one, claim!, found));
  if (holders.some(({ is_own }) => is_own)) return { port, holders, elsewhere: [] };
  const members = await ctx.scan.members(marks);
  const elsewhere = await ctx.ports.portsOf(members.map(({ pid }) => pid));
  return { port, holders, elsewhere };
}

function holderOf(
  ctx: Context,
  task: Task,
  listener: Listener,
  claim: PortClaim,
  all: readonly Listener[],
) {
  const { holder } = listener;
  const isAlive = ctx.state.task(claim.task).process().kind === "alive";
  const ownership = ownershipOf(listener, claim, all);
  const is_own = isAlive && holder !== null && isOfTask(holder, claim);
  const facts = {
    pid: holder?.pid ?? null,
    command: holder?.command ?? null,
    cwd: holder?.cwd ?? null,
    is_own,
  };
  if (is_own) return { ...facts, owner: "this task", hint: null };
  if (ownership.kind === "orphan") return { ...facts, owner: ORPHAN, hint: null };
  // A port that is chosen moves instead: there is nothing to do.
  const fixed = typeof task.port === "number" ? task.port : null;
  const hint = fixed === null ? null : hintOf(listener, ownership, claim, fixed);
  return { ...facts, owner: ownership.owner, hint };
}

const ORPHAN = "no one: it is ended before the next launch";
