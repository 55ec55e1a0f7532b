import { isTable } from "../values/shape.ts";
import { shellWord } from "../values/shell-word.ts";
import type { Proposal } from "./proposal.ts";

type Table = Record<string, unknown>;

/**
 * Proposes a task for each service of a compose file, as `docker compose up --no-deps SERVICE`. The services that it needs
 * are tasks of their own, so that two services don't both start a third. Their `profiles` are the tasks'. If the project
 * itself runs outside of containers (`hasOtherTasks`), services that are built here don't start automatically: only the
 * databases are needed.
 */
export function composeProposals(
  parsed: unknown,
  source: string,
  hasOtherTasks: boolean,
): Proposal[] {
  const services = servicesOf(parsed);
  const names = new Set(services.map(([name]) => name));
  const jobs = new Set(services.flatMap(([, service]) => jobsOf(service)));
  return services.map(([name, service]) => {
    const { build } = service;
    const profiles = profilesOf(service);
    const oneshot = jobs.has(name);
    const port = publishedPort(service.ports);
    const check = checkOf(name, service.healthcheck);
    return {
      name,
      command: `docker compose up --no-deps ${name}`,
      auto_start: !(hasOtherTasks && build !== undefined),
      ...(profiles.length > 0 && { profiles }),
      depends_on: [...new Set(needs(service))].filter((each) => names.has(each) && each !== name),
      // No `port`: compose publishes it itself, and docker's proxy listens on it, which is not a process of the task.
      ...(oneshot ? { oneshot } : check !== null ? { health_check: check } : tcpCheck(port)),
      source,
    };
  });
}

/** Compose refuses other names of services and profiles. */
const SERVICE = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

function servicesOf(parsed: unknown): [string, Table][] {
  const services = isTable(parsed) && isTable(parsed["services"]) ? parsed["services"] : {};
  return Object.entries(services).filter(
    (entry): entry is [string, Table] => SERVICE.test(entry[0]) && isTable(entry[1]),
  );
}

const profilesOf = ({ profiles }: Table): string[] =>
  Array.isArray(profiles) ? profiles.map(String).filter((name) => SERVICE.test(name)) : [];

/** `depends_on` is a list, or a table by service. */
function needs({ depends_on }: Table): string[] {
  if (Array.isArray(depends_on)) return depends_on.map(String);
  return isTable(depends_on) ? Object.keys(depends_on) : [];
}

/** The services that must have completed before this one. */
function jobsOf({ depends_on }: Table): string[] {
  if (!isTable(depends_on)) return [];
  const isJob = (one: unknown) =>
    isTable(one) && one["condition"] === "service_completed_successfully";
  return Object.entries(depends_on).flatMap(([name, one]) => (isJob(one) ? [name] : []));
}

const tcpCheck = (port: number | null): Pick<Proposal, "health_tcp"> =>
  port === null ? {} : { health_tcp: port };

/**
 * The first published port, in one of the forms `8080:80`, `127.0.0.1:8080:80/tcp`, `{published: "8080"}`; null if there is
 * none, or it isn't a single number (a range, a variable).
 */
function publishedPort(ports: unknown): number | null {
  for (const one of Array.isArray(ports) ? ports : []) {
    const published = isTable(one) ? one["published"] : partsOf(one).at(-2);
    const isTcp = isTable(one)
      ? (one["protocol"] ?? "tcp") === "tcp"
      : !String(one).endsWith("/udp");
    const port = /^\d{1,5}$/.test(String(published)) ? Number(published) : 0;
    if (isTcp && port > 0 && port <= 65535) return port;
  }
  return null;
}

/** Splits at colons, after removing the default of a variable, which may contain colons too. */
const partsOf = (port: unknown): string[] =>
  typeof port === "string"
    ? port
        .replace(/\/\w+$/, "")
        .replace(/\$\{[^}]*\}/g, "$")
        .split(":")
    : [];

/** The service's own health check, run in its container; null if it has none. */
function checkOf(service: string, healthcheck: unknown): string | null {
  if (!isTable(healthcheck) || healthcheck["disable"] === true) return null;
  const { test } = healthcheck;
  const words =
    typeof test === "string" ? ["CMD-SHELL", test] : Array.isArray(test) ? test.map(String) : [];
  const [kind, ...rest] = words;
  const inContainer = `docker compose exec -T ${service}`;
  if (rest.length === 0) return null;
  if (kind === "CMD") return `${inContainer} ${rest.map(shellWord).join(" ")}`;
  return kind === "CMD-SHELL"
    ? `${inContainer} sh -c ${shellWord(unescaped(rest.join(" ")))}`
    : null;
}

/** Compose reads `$$` as `$`. */
const unescaped = (text: string): string => text.replaceAll("$$", "$");
