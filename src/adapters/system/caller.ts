import { actorOf } from "../../domain/values/actor.ts";
import { readText } from "./files.ts";
import { terminalName } from "./libc.ts";

/** Who runs this process, as events name it: see {@link actorOf}. A person is `USER@TERMINAL`, without a terminal `USER`. */
export const callerName = (): string => actorOf(process.env, person);

function person(): string {
  const terminal = [0, 1, 2].map(terminalName).find((name) => name !== null);
  return terminal === undefined ? userName() : `${userName()}@${terminal}`;
}

/** Bun's `userInfo` reads only the environment. A container's user may have no entry in the password file. */
function userName(): string {
  const { USER, LOGNAME } = process.env;
  const id = process.geteuid?.() ?? -1;
  return USER || LOGNAME || nameIn(readText("/etc/passwd") ?? "", id) || String(id);
}

const nameIn = (passwords: string, id: number): string | undefined =>
  new RegExp(`^([^:\n]+):[^:\n]*:${id}:`, "m").exec(passwords)?.[1];
