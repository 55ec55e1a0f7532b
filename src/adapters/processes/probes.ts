import { closeSync, openSync } from "node:fs";
import { isShortage } from "../../domain/system-error.ts";
import { type CommandOutcome, runCommand, type ShellCommand } from "./shell.ts";

/** A single health check. */
export type Probe =
  | { method: "command"; command: ShellCommand }
  /** `statuses`: those that mean healthy; null: 200 to 399. `limit` in seconds. */
  | { method: "http"; url: string; statuses: number[] | null; limit: number }
  | { method: "tcp"; host: string; port: number; limit: number };

/** The result of a check; `reason` says why it failed, in words. */
export interface ProbeResult {
  ok: boolean;
  reason: string | null;
}

/**
 * Runs a check once. Takes no longer than the probe's limit. Throws only if the system lacks what a check needs: then there
 * is no result.
 */
export function runProbe(probe: Probe): Promise<ProbeResult> {
  switch (probe.method) {
    case "command":
      return probeCommand(probe.command);
    case "http":
      return probeHttp(probe.url, probe.statuses, probe.limit);
    case "tcp":
      return probeTcp(probe.host, probe.port, probe.limit);
  }
}

const PASSED: ProbeResult = { ok: true, reason: null };
const failed = (reason: string): ProbeResult => ({ ok: false, reason });

async function probeCommand(command: ShellCommand): Promise<ProbeResult> {
  const outcome = await runCommand(command);
  return outcome.status === 0 ? PASSED : failed(describe(outcome, command.limit));
}

function describe({ status, signal, timedOut, output }: CommandOutcome, limit: number): string {
  if (timedOut) return `no answer within ${limit} s`;
  const how = signal ? `ended by ${signal}` : `exited with status ${status}`;
  const said = output.split("\n").at(-1)?.trim();
  return said ? `${how}: ${said.slice(0, 200)}` : how;
}

async function probeHttp(url: string, statuses: number[] | null, limit: number) {
  try {
    const response = await fetch(url, {
      // A redirect counts as an answer: its target may be another server.
      redirect: "manual",
      // A proxy would answer for the server; HTTP_PROXY is for requests to other hosts.
      proxy: false,
      signal: AbortSignal.timeout(limit * 1000),
      keepalive: false,
      headers: { "user-agent": "taskmux", connection: "close" },
    });
    void response.body?.cancel().catch(() => {});
    const wanted = statuses?.includes(response.status) ?? isFine(response.status);
    return wanted ? PASSED : failed(`HTTP status ${response.status}`);
  } catch (error) {
    if (isShortage(error)) throw Object.assign(error as Error, { syscall: "socket" });
    return failed(httpReason(error, limit));
  }
}

const isFine = (status: number): boolean => status >= 200 && status < 400;

function httpReason(error: unknown, limit: number): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name === "TimeoutError") return `no answer within ${limit} s`;
  if (code === "ECONNREFUSED" || code === "ConnectionRefused") return "connection refused";
  return message ?? String(error);
}

async function probeTcp(host: string, port: number, limit: number): Promise<ProbeResult> {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const timer = setTimeout(() => resolve(failed(`no connection within ${limit} s`)), limit * 1000);
  const connecting = Bun.connect({
    hostname: host,
    port,
    socket: { open: () => resolve(PASSED), data: () => {}, error: () => {}, close: () => {} },
  });
  // Closes a connection that is established after the limit.
  const closing = connecting.then(
    (socket) => socket.end(),
    (error: unknown) => resolve(failed(tcpReason(error))),
  );
  const result = await promise;
  clearTimeout(timer);
  if (result.ok) await closing;
  else requireDescriptor();
  return result;
}

/** Throws if this process can't open a descriptor: Bun reports that like a refused connection. */
const requireDescriptor = (): void => closeSync(openSync("/dev/null", "r"));

const tcpReason = (error: unknown): string =>
  (error as { code?: string }).code === "ECONNREFUSED" ? "connection refused" : "no connection";
