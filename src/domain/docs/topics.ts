import { Failure } from "../failure.ts";
import { didYouMean } from "../values/suggest.ts";

/** The topics of the manual, each a file in docs/, with what it tells. */
export const DOC_TOPICS = {
  guide: "commands, states, starting and stopping, restarts, JSON, events",
  configuration: "taskmux.toml: tasks, ports, profiles, variables, git worktrees",
  logs: "reading, searching and following logs, times, files",
  daemon: "the monitor in the background, its page and its API",
  agents: "for coding agents: wait, why, verify, MCP, worktrees",
  troubleshooting: "what to do when a task doesn't run as expected",
  reference: "every command, flag, JSON shape, event, error code, field",
  comparison: "process-compose, overmind, mprocs, pm2 and others",
  architecture: "for those who change taskmux itself",
} as const;

export type DocTopic = keyof typeof DOC_TOPICS;

/** Their names, in the order of the list. */
export const topicNames = (): DocTopic[] => Object.keys(DOC_TOPICS) as DocTopic[];

/** The topic of this name, with or without `.md`; E500 for an unknown one. */
export function topicNamed(name: string): DocTopic | Failure {
  const names = topicNames();
  const wanted = name
    .toLowerCase()
    .replace(/^docs\//, "")
    .replace(/\.md$/, "");
  const found = names.find((each) => each === wanted);
  if (found !== undefined) return found;
  const guess = didYouMean(wanted, names);
  const list = `Topics: ${names.join(", ")}`;
  return new Failure(
    "E500",
    `There is no topic '${name}'`,
    guess === null ? list : `${guess} ${list}`,
  );
}
