import type { ApiId } from "./api-request.ts";
import type { Failure } from "./failure.ts";
import type { Status } from "./results.ts";
import type { ApiError, ApiStatus } from "./results-api.ts";

/** A status as the API shows it; `now` in epoch ms. */
export function apiStatus(status: Status, now: number): ApiStatus {
  return {
    session_name: status.session,
    session_exists: status.running,
    timestamp: new Date(now).toISOString(),
    ...status,
    tasks: Object.fromEntries(status.tasks.map((task) => [task.name, task])),
  };
}

/** What of a status makes it another one: not when it was looked at, and not when a check last said the same. */
export const essenceOf = (status: ApiStatus): string =>
  JSON.stringify(status, (key, value: unknown) => (isMoment(key, value) ? undefined : value));

/** A task may be called so too, but is no text. */
const isMoment = (key: string, value: unknown): boolean =>
  (key === "timestamp" || key === "at") && typeof value === "string";

/** A failure as a reply. */
export const failureReply = ({ message, code, hint, problems }: Failure): ApiError => ({
  success: false,
  error: message,
  error_code: code,
  ...(hint === undefined ? {} : { hint }),
  ...(problems === undefined ? {} : { errors: [...problems] }),
});

/** A reply with the name that its request had. */
export const named = <T extends object>(reply: T, id: ApiId | null): T =>
  id === null ? reply : { ...reply, id };

/** A result as a reply: those that have an `ok` have failed, in part at least, where it is false. */
export function successReply<T extends object>(result: T, message: string) {
  const { ok = true, error } = result as { ok?: boolean; error?: string };
  return { success: ok, message: ok ? message : (error ?? message), ...result };
}
