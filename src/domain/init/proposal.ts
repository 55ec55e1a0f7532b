import type { WrittenTask } from "../config/config.ts";

/** A task that `init` proposes, with the file that it comes from. */
export interface Proposal extends Pick<
  WrittenTask,
  "command" | "port" | "cwd" | "oneshot" | "health_check" | "health_tcp"
> {
  name: string;
  auto_start: boolean;
  depends_on?: string[];
  profiles?: string[];
  env_file?: string;
  source: string;
}
