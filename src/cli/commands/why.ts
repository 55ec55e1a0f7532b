import type { Context, Use } from "../../app/context.ts";
import { why } from "../../app/commands/why.ts";
import type { Why } from "../../domain/results/why.ts";
import { withEvents } from "../wiring/why.ts";

/** `taskmux why`. */
export const explainTask = async (ctx: Context, name: string): Use<Why> =>
  withEvents((deps) => why(ctx, { name }, deps));
