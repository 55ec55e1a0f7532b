import { foregroundHint } from "../tasks/left-behind.ts";
import { isWorktreeGone, strangersOn, type TaskFacts } from "./why-facts.ts";

/** The next step, as one sentence. */
export function hintOf(facts: TaskFacts): string {
  const { task, state } = facts;
  const logs = `taskmux logs ${task} -n 50`;
  if (isWorktreeGone(facts))
    return `Stop what is left of it: taskmux stop --session ${facts.session}`;
  if (!facts.cwd_exists && facts.source === "run")
    return "Create the directory, or run it in another one with --cwd";
  if (!facts.cwd_exists)
    return `Create the directory, or correct cwd of tasks.${task} in taskmux.toml`;
  const stranger = strangersOn(facts).find(({ hint }) => hint);
  if (stranger?.hint && state !== "stopping") return stranger.hint;
  if (facts.waits_at !== null && state !== "stopping" && facts.stale_reason === null)
    return `If it waits for an answer: taskmux send ${task} TEXT; its log: ${logs}`;
  return hintOfState(facts, logs);
}

function hintOfState(facts: TaskFacts, logs: string): string {
  const { task, state, rules } = facts;
  const dependency = facts.depends_on.find(({ healthy }) => !healthy);
  switch (state) {
    case "stopped":
      return facts.want === "up" && dependency
        ? `Try: taskmux why ${dependency.task}`
        : `Try: taskmux start ${task}`;
    case "starting":
      return `Try: taskmux wait ${task}, or read its log: ${logs}`;
    case "stopping":
      return facts.want === "up"
        ? `Try: taskmux wait ${task}`
        : `Try: taskmux wait ${task} --for stopped`;
    case "running":
      return facts.stale_reason === null
        ? `Nothing seems wrong; its log: ${logs}`
        : `Try: taskmux restart ${task}`;
    case "unhealthy":
      return `Try: ${logs}`;
    case "exited":
      if (facts.left.length > 0)
        return `${foregroundHint(facts.command)}; then: taskmux restart ${task}`;
      return rules.oneshot ? `Run it again: taskmux start ${task}` : `Try: taskmux start ${task}`;
    case "failed":
      return `Try: ${logs}, then: taskmux start ${task}`;
    case "backoff":
      return `Try: ${logs}; to stop the restarts: taskmux stop ${task}`;
  }
}
