import { isTable } from "./config-shape.ts";
import type { Proposal } from "./proposals.ts";

type Table = Record<string, unknown>;

/**
 * The services of a compose file, each as `docker compose up SERVICE`. Those start by themselves that no
 * other one brings up with it, less those with `profiles`, as compose has it. Where the project is run
 * outside of containers (`beside` other tasks), so do only those that aren't built here: its databases.
 */
export function composeProposals(parsed: unknown, source: string, beside: boolean): Proposal[] {
  const services = servicesOf(parsed);
  const wanted = services.filter(
    ([, { profiles, build }]) => profiles === undefined && !(beside && build !== undefined),
  );
  const broughtUp = new Set(wanted.flatMap(([, service]) => needs(service)));
  const starting = new Set(wanted.map(([name]) => name).filter((name) => !broughtUp.has(name)));
  return services.map(([name]) => ({
    name,
    command: `docker compose up ${name}`,
    auto_start: starting.has(name),
    source,
  }));
}

/** Other names than these compose refuses. */
const SERVICE = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

function servicesOf(parsed: unknown): [string, Table][] {
  const services = isTable(parsed) && isTable(parsed["services"]) ? parsed["services"] : {};
  return Object.entries(services).filter(
    (entry): entry is [string, Table] => SERVICE.test(entry[0]) && isTable(entry[1]),
  );
}

/** `depends_on` is a list, or a table by service. */
function needs({ depends_on }: Table): string[] {
  if (Array.isArray(depends_on)) return depends_on.map(String);
  return isTable(depends_on) ? Object.keys(depends_on) : [];
}
