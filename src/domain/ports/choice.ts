import type { Config } from "../config/config.ts";
import { Failure } from "../failure.ts";
import { type Reference, referencesIn } from "./references.ts";
import { allows, candidatesOf, type PortSetting } from "./setting.ts";

/** A task of another session that needs a port. */
export interface Reservation {
  session: string;
  task: string;
  /** The config of that session; absolute path. */
  config: string;
}

/** `task 'api' of session 'shop-fix'`. */
export const describeReservation = ({ task, session }: Reservation): string =>
  `task '${task}' of session '${session}'`;

/** A task whose port is chosen, and the port that it had; null if none was chosen before. */
export interface PortChoice {
  task: string;
  setting: PortSetting;
  recorded: number | null;
}

/** The port that a task had before, if its config still allows it; null otherwise. */
export function keptPort({ task, setting, recorded }: PortChoice, session: string): number | null {
  return recorded !== null && allows(setting, recorded, { session, task }) ? recorded : null;
}

/** The ports for a task in the order in which they are tried: the one that it had before comes first. */
export function portsToTry(choice: PortChoice, session: string): number[] {
  const candidates = candidatesOf(choice.setting, session, choice.task);
  const kept = keptPort(choice, session);
  return kept === null ? candidates : [kept, ...candidates.filter((port) => port !== kept)];
}

/** A port that was taken by something else before the launch. */
export interface PortChange {
  task: string;
  from: number;
  to: number;
  /** What holds the old port, in words. */
  held_by: string;
}

/** `stale`: running tasks that still use the old port. */
export function changeWarning({ task, from, to, held_by }: PortChange, stale: string[]): string {
  const rest = stale.length === 0 ? "" : `; to use it: taskmux restart ${stale.join(" ")}`;
  return `Port of task '${task}' is ${to} now: ${from} is held by ${held_by}${rest}`;
}

/** E220: no port that a task may get can be used. */
export function noPort(choice: PortChoice, session: string, heldBy: string): Failure {
  const ports = candidatesOf(choice.setting, session, choice.task);
  const message = `No port of task '${choice.task}' is free: all from ${ports[0]} to ${ports.at(-1)} are in use, the first by ${heldBy}`;
  return new Failure("E220", message, `Give task '${choice.task}' other ports, like "auto"`);
}

/** The tasks that get the port or the URL of another one by a reference in their own values, or in those of all tasks. */
export function tasksReferringTo(name: string, { env, tasks }: Config): string[] {
  const refers = (text: string | null): boolean =>
    text !== null && referencesIn(text).some((reference) => isTo(name, reference));
  if (Object.values(env).some(refers)) return tasks.map((task) => task.name);
  return tasks
    .filter((task) =>
      [task.url, task.health_url, task.health_tcp, ...Object.values(task.env)].some(refers),
    )
    .map((task) => task.name);
}

const isTo = (name: string, reference: Reference): boolean =>
  reference.kind === "task" && reference.task === name;
