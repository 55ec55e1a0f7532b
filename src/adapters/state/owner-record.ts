import type { Checkout, Config } from "../../domain/config/config.ts";
import { validTaskName } from "../../domain/values/names.ts";
import { isTable } from "../../domain/values/shape.ts";

/** The config that owns a session's records, as of its last command. */
export interface OwnerRecord {
  /** Absolute. */
  config_path: string;
  config: Config;
  /** Missing in records of 0.1.0, as are the following. */
  checkout?: Checkout | null;
  /** See {@link worktreeIdentity}. */
  worktree_identity?: string | null;
  /** Paths that the config had before its worktree was moved, the newest last. */
  former_paths?: string[];
}

/**
 * A record as it was read; null for one that is damaged, which is as good as none. Every session reads the records of all
 * others to choose ports, so one damaged file must not stop them.
 */
export function ownerRecordIn(value: unknown): OwnerRecord | null {
  if (!isTable(value) || typeof value["config_path"] !== "string") return null;
  if (!isConfig(value["config"])) return null;
  const { checkout, former_paths, ...rest } = value;
  return {
    ...(rest as unknown as OwnerRecord),
    ...(isCheckout(checkout) && { checkout }),
    ...(isTexts(former_paths) && { former_paths }),
  };
}

/** Whether a value has the form that every reader of a config relies on; its fields are taken as they were written. */
const isConfig = (value: unknown): value is Config =>
  isTable(value) && Array.isArray(value["tasks"]) && value["tasks"].every(isTask);

const isTask = (value: unknown): boolean =>
  isTable(value) && typeof value["name"] === "string" && validTaskName(value["name"]);

const isCheckout = (value: unknown): value is Checkout =>
  isTable(value) &&
  typeof value["repository"] === "string" &&
  (value["worktree"] === null || isWorktree(value["worktree"]));

const isWorktree = (value: unknown): boolean =>
  isTable(value) && isTexts(["id", "main", "top", "gitDirectory"].map((name) => value[name]));

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((text) => typeof text === "string");
