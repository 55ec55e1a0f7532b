import type { HealthRecord } from "../../adapters/state/records.ts";
import type { MarkedSession, TmuxSession } from "../../adapters/tmux/arguments.ts";
import type { Project, Task } from "../../domain/config/config.ts";
import { isFailure } from "../../domain/failure.ts";
import { isHealthy, isRunning } from "../../domain/tasks/lifecycle.ts";
import type { Status, TaskStatus } from "../../domain/results/results.ts";
import type { Context, Use } from "../context.ts";
import { namesInProfiles } from "../selection.ts";
import { hasCheck, observe, type TaskSnapshot, waitsAt } from "../tasks/observe.ts";
import { findSession } from "../tasks/session.ts";
import { factsOf, staleKeys, stalenessNow } from "../tasks/staleness.ts";
import { leftNow } from "../tasks/left-behind.ts";
import { type Examined, exitOf, lastSeen, examine } from "../tasks/examine.ts";

/** Of these profiles (names or globs; none: all) and those without one; tasks that run are shown in any case. */
export async function status(ctx: Context, profiles: readonly string[] = []): Use<Status> {
  const { tasks } = ctx.project.config;
  const meant = namesInProfiles(ctx.project.config, profiles);
  if (isFailure(meant)) return meant;
  let running: MarkedSession[] = [];
  const onListed = (sessions: MarkedSession[]) => void (running = sessions);
  // Reads the files while tmux answers.
  const finding = findSession(ctx, ctx.project.checkout ? onListed : undefined);
  const looks = Promise.all(tasks.map((task) => look(ctx, task)));
  const [session, completions] = await Promise.all([finding, looks]);
  if (isFailure(session)) return session;
  const items = await Promise.all(completions.map((complete) => complete()));
  const siblings = ctx.siblingsOf(running);
  const shown = items.filter((item) => meant?.has(item.name) !== false || isExpected(item));
  return { result: summary(ctx, { running: session !== null, siblings }, shown) };
}

/** Whether a task runs, or should. */
const isExpected = ({ running, want }: TaskStatus): boolean => running || want === "up";

/** Observes a task. The returned function completes its status, in a session that is known to be the project's: it may run a check. */
async function look(ctx: Context, task: Task): Promise<() => Promise<TaskStatus>> {
  const seen = observe(ctx, task);
  if (hasCheck(task)) return () => taskStatus(ctx, task, seen);
  const item = await statusItem(ctx, task, { seen, health: null });
  return async () => item;
}

/** A project's session and windows in tmux. */
type TmuxFacts = Pick<Status, "running" | "siblings">;

/** The status as the monitor sees it: from its own newest checks, without calling tmux. */
export async function statusOf(ctx: Context, facts: TmuxFacts): Promise<Status> {
  const tasks = ctx.project.config.tasks.map(async (task) =>
    statusItem(ctx, task, lastSeen(ctx, task)),
  );
  return summary(ctx, facts, await Promise.all(tasks));
}

function summary(ctx: Context, { running, siblings }: TmuxFacts, tasks: TaskStatus[]): Status {
  const { session, configPath } = ctx.project;
  return {
    session,
    running,
    active_tasks: tasks.filter((task) => task.running).length,
    config_path: configPath,
    monitor: ctx.monitor(),
    worktree: worktreeOf(ctx.project),
    siblings,
    tasks,
  };
}

/** The linked worktree of a project, as in results. */
export function worktreeOf({ checkout }: Pick<Project, "checkout">): Status["worktree"] {
  const worktree = checkout?.worktree ?? null;
  return worktree && { id: worktree.id, main: worktree.main };
}

/** A task's status; runs its health check if its process is running. The session must be known to be the project's. */
export async function taskStatus(
  ctx: Context,
  task: Task,
  before?: TaskSnapshot,
): Promise<TaskStatus> {
  return statusItem(ctx, task, await examine(ctx, task, before));
}

async function statusItem(
  ctx: Context,
  task: Task,
  { seen, health }: Examined,
): Promise<TaskStatus> {
  const { memory, process, state } = seen;
  const stale = stalenessNow(ctx, task, seen);
  return {
    name: task.name,
    state,
    running: isRunning(state),
    healthy: isHealthy(state, task.oneshot),
    want: memory.want,
    command: commandOf(ctx, task, seen),
    ...settingsOf(ctx, task),
    pid: process.kind === "alive" ? process.pid : null,
    ...exitOf(process.kind === "ended" ? process.end : null),
    started_at: memory.launchedAt === null ? null : new Date(memory.launchedAt).toISOString(),
    restarts: seen.supervision?.count ?? 0,
    last_health: healthKeys(health),
    waits_at: waitsAt(ctx, task, seen),
    log_error: ctx.state.task(task.name).logError(),
    refused: refusalOf(seen),
    ...staleKeys(stale),
    left: await leftNow(ctx, task, seen),
    watch: watchOf(ctx, task, seen),
    ...(task.source !== undefined && { source: task.source }),
    hint: stale && `taskmux restart ${task.name}`,
  };
}

/** What the config says of a task, and the address that was chosen for it. */
function settingsOf(ctx: Context, task: Task) {
  const { port, url } = ctx.ports.addresses.of(task);
  const { auto_start, profiles, port: port_wanted, restart_policy, depends_on } = task;
  const cwd = task.cwd ?? ctx.project.directory;
  return { auto_start, profiles, port, port_wanted, url, restart_policy, cwd, depends_on };
}

const healthKeys = (health: HealthRecord | null): TaskStatus["last_health"] =>
  health && { ok: health.ok, method: health.method, reason: health.reason, at: health.at };

/** Whether the session's monitor watches the task's files; null without `watch`. */
function watchOf(ctx: Context, task: Task, { want }: TaskSnapshot): TaskStatus["watch"] {
  if (task.watch.length === 0) return null;
  const monitor = ctx.monitor();
  const record = want === "up" && monitor ? ctx.state.task(task.name).watch.read() : null;
  if (record === null || record.pid !== monitor?.pid)
    return { state: "off", reason: null, until: null };
  const { state, reason, until } = record;
  return { state, reason, until: until === null ? null : new Date(until).toISOString() };
}

/** The command that runs; of a task that doesn't run, the one of the config. */
function commandOf(
  ctx: Context,
  { name, command }: Task,
  { memory, process }: TaskSnapshot,
): string {
  if (process.kind !== "alive" || memory.run === null) return command;
  const facts = factsOf(memory);
  if (facts !== null) return facts.command;
  const launch = ctx.state.task(name).launchOf(memory.run);
  return launch?.run === memory.run ? launch.command : command;
}

/** Why the last start did not launch the task, as in results; null if it did. */
export function refusalOf({
  memory: { refused },
}: Pick<TaskSnapshot, "memory">): TaskStatus["refused"] {
  return refused && { reason: refused.reason, at: new Date(refused.at).toISOString() };
}

/** The pane's ids, for users of tmux itself. */
export function paneIds(session: TmuxSession | null, task: string) {
  const pane = session?.panes.find((one) => one.task === task);
  return { window_id: pane?.windowId ?? null, pane_id: pane?.paneId ?? null };
}
