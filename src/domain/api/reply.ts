import type { ApiId } from "./request.ts";
import type { Failure } from "../failure.ts";
import type { Status } from "../results/results.ts";
import type { ApiError, ApiStatus } from "./messages.ts";

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

/**
 * The status without its times: two statuses that differ only in when they were read, or when a check last ran, are equal.
 */
export const comparableStatus = (status: ApiStatus): string =>
  JSON.stringify(status, (key, value: unknown) => (isMoment(key, value) ? undefined : value));

/** A key that holds a time. A task may have the same name, but its value is no string. */
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

/** The reply with the id of its request. */
export const named = <T extends object>(reply: T, id: ApiId | null): T =>
  id === null ? reply : { ...reply, id };

/** A result as a reply. A result with `ok: false` is a failed reply. */
export function successReply<T extends object>(result: T, message: string) {
  const { ok = true, error } = result as { ok?: boolean; error?: string };
  return { success: ok, message: ok ? message : (error ?? message), ...result };
}
