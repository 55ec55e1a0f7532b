import type { Project } from "../domain/config/config.ts";
import { type Failure, isFailure } from "../domain/failure.ts";
import { validSessionName } from "../domain/values/names.ts";
import { findProject, type ProjectLocation } from "./project-location.ts";

/**
 * Like {@link findProject}, for commands that only read or stop: if the config is missing or invalid, uses the session's
 * records and prints a warning.
 */
export async function findProjectOrRecord(location: ProjectLocation): Promise<Project | Failure> {
  const { session } = location;
  const project = await findProject(location);
  if (session === null && !isFailure(project)) return project;
  if (session !== null && !validSessionName(session)) return project;
  const { goneProject, projectWithoutConfig } = await import("./wiring/recorded-project.ts");
  const found = isFailure(project)
    ? await projectWithoutConfig(location, project)
    : session === null
      ? null
      : await goneProject(session, project);
  if (found === null) return project;
  if (isFailure(found) || !("warning" in found)) return found;
  (await import("./messages.ts")).printMessage("warn", found.warning);
  return found.project;
}
