import { expect, test } from "bun:test";
import { composeProposals } from "../../../src/domain/init/compose.ts";

const SERVICES = {
  db: { image: "postgres" },
  cache: { image: "redis", profiles: ["full"] },
  api: { build: ".", depends_on: ["db"] },
  mail: { image: "mailpit" },
};

const starting = (parsed: unknown, hasOtherTasks: boolean) =>
  composeProposals(parsed, "compose.yaml", hasOtherTasks)
    .filter(({ auto_start, profiles }) => auto_start && profiles === undefined)
    .map(({ name }) => name);

test("each service is a task, run by docker compose", () => {
  const proposed = composeProposals({ services: SERVICES }, "compose.yaml", false);
  expect(proposed.map(({ command }) => command)).toEqual(
    Object.keys(SERVICES).map((name) => `docker compose up --no-deps ${name}`),
  );
});

test("alone, all start but those with profiles; what a service needs is a task that it depends on", () => {
  expect(starting({ services: SERVICES }, false)).toEqual(["db", "api", "mail"]);
  const cache = composeProposals({ services: SERVICES }, "compose.yaml", true)[1];
  expect(cache).toMatchObject({ name: "cache", auto_start: true, profiles: ["full"] });
  const needs = (parsed: unknown) =>
    composeProposals(parsed, "c", false).map(({ name, depends_on }) => [name, depends_on]);
  const shared = {
    api: { depends_on: { db: { condition: "service_healthy" } } },
    worker: { depends_on: ["db", "db", "gone", "worker"] },
    db: {},
  };
  expect(needs({ services: shared })).toEqual([
    ["api", ["db"]],
    ["worker", ["db"]],
    ["db", []],
  ]);
});

test("what must have done its work before another service is a job", () => {
  const services = {
    api: { depends_on: { migrate: { condition: "service_completed_successfully" } } },
    migrate: { healthcheck: { test: "true" }, ports: ["1:1"] },
  };
  expect(composeProposals({ services }, "c", false)[1]).toEqual({
    name: "migrate",
    command: "docker compose up --no-deps migrate",
    auto_start: true,
    depends_on: [],
    oneshot: true,
    source: "c",
  });
});

/** Ports as compose takes them, and the one that is checked. */
test.each<[ports: unknown, health_tcp: number | undefined]>([
  [["5432:5432"], 5432],
  [["127.0.0.1:5433:5432"], 5433],
  [["8025:8025/tcp", "1025:1025"], 8025],
  [["[::1]:6000:80"], 6000],
  [[{ target: 80, published: "8080" }], 8080],
  [[{ target: 80, published: 8081, protocol: "tcp" }], 8081],
  [["53:53/udp", "54:53"], 54],
  [[{ target: 53, published: 53, protocol: "udp" }], undefined],
  [["80"], undefined],
  [[80], undefined],
  [["3000-3005:3000-3005"], undefined],
  [["${PORT:-80}:80"], undefined],
  [["0:80"], undefined],
  [["99999:80"], undefined],
  [[], undefined],
  ["80:80", undefined],
  [null, undefined],
])("of the ports %j %p is checked", (ports, health_tcp) => {
  const [proposal] = composeProposals({ services: { a: { ports } } }, "c", false);
  expect(proposal?.health_tcp).toBe(health_tcp);
  expect(proposal?.port).toBeUndefined();
});

test.each<[healthcheck: unknown, health_check: string | undefined]>([
  [{ test: "pg_isready -U $$USER" }, "docker compose exec -T db sh -c 'pg_isready -U $USER'"],
  [{ test: ["CMD-SHELL", "it's | x"] }, "docker compose exec -T db sh -c 'it'\\''s | x'"],
  [{ test: ["CMD", "redis-cli", "ping"] }, "docker compose exec -T db redis-cli ping"],
  [{ test: ["CMD", "a b", "$c"] }, "docker compose exec -T db 'a b' '$c'"],
  [{ test: ["NONE"] }, undefined],
  [{ test: ["CMD"] }, undefined],
  [{ test: "x", disable: true }, undefined],
  [{ interval: "5s" }, undefined],
  [null, undefined],
])("the check %j is %p", (healthcheck, health_check) => {
  const services = { db: { healthcheck, ports: ["5432:5432"] } };
  const [proposal] = composeProposals({ services }, "c", false);
  expect(proposal?.health_check).toBe(health_check);
  expect(proposal?.health_tcp).toBe(health_check === undefined ? 5432 : undefined);
});

test("next to tasks of the project itself, only those start that aren't built from it", () => {
  expect(starting({ services: SERVICES }, true)).toEqual(["db", "mail"]);
});

test.each(["null", "7", '"x"', "[]", "{}", '{"services":null}', '{"services":{"a":null}}'])(
  "a compose file that holds %s proposes nothing",
  (text) => expect(composeProposals(JSON.parse(text), "compose.yaml", false)).toEqual([]),
);

test("a service whose name compose would refuse is not proposed", () => {
  const parsed = { services: { "-f": {}, "a b": {}, "$(x)": {}, "a.b_c-1": {} } };
  expect(composeProposals(parsed, "c", false).map(({ name }) => name)).toEqual(["a.b_c-1"]);
});
