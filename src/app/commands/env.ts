import type { Environment } from "../../domain/results/addresses.ts";
import type { Context, Use } from "../context.ts";

/** The variables by which other programs find the session's tasks; without those whose port isn't chosen yet. */
export const env = async ({ ports, project }: Context): Use<Environment> => ({
  result: { session: project.session, env: { ...ports.addresses.variables() } },
});
