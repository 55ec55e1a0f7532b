import type { Config } from "../domain/config/config.ts";
import { profilesInVariable } from "../domain/config/profiles.ts";
import { texts } from "./arguments.ts";

/** `--profile`. `what`: which tasks a command then means that names none. */
export const profileFlag = (what: string) =>
  texts({ valueHint: "PROFILE", description: `${what} (any number of times)` });

/** The profiles that a command asks for: as given, else those of TASKMUX_PROFILES. */
export const askedProfiles = ({ tasks }: Config, given: readonly string[]): readonly string[] =>
  given.length > 0 ? given : profilesInVariable(tasks, process.env["TASKMUX_PROFILES"] ?? "");
