import { readLease } from "../../adapters/state/lease.ts";
import { verify, type VerifyRequest } from "../../app/commands/verify.ts";
import type { Context, Use } from "../../app/context.ts";
import type { VerifyResult } from "../../domain/results/verify.ts";
import { verifyDeps } from "../wiring/verify.ts";

/** `taskmux verify`. A monitor may start or end in the meantime, so its lease is read each time. */
export const verifyEdit = (ctx: Context, request: VerifyRequest): Use<VerifyResult> =>
  verify({ ...ctx, monitor: () => readLease(ctx.project) }, request, verifyDeps(ctx.project));
