import type { Project } from "./config.ts";

/** What identifies a project's config. */
export type ConfigIdentity = Pick<Project, "configPath" | "formerPaths">;

/** Whether a path, from a record or a mark of a session, names this config. */
export const isConfigOf = (
  { configPath, formerPaths = [] }: ConfigIdentity,
  path: string,
): boolean => path === configPath || formerPaths.includes(path);
