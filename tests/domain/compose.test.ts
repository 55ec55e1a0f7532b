import { expect, test } from "bun:test";
import { composeProposals } from "../../src/domain/compose.ts";

const services = {
  db: { image: "postgres" },
  cache: { image: "redis", profiles: ["full"] },
  api: { build: ".", depends_on: ["db"] },
  mail: { image: "mailpit" },
};

const starting = (parsed: unknown, beside: boolean) =>
  composeProposals(parsed, "compose.yaml", beside)
    .filter(({ auto_start }) => auto_start)
    .map(({ name }) => name);

test("each service is a task, run by docker compose", () => {
  const proposed = composeProposals({ services }, "compose.yaml", false);
  expect(proposed.map(({ command }) => command)).toEqual(
    Object.keys(services).map((name) => `docker compose up ${name}`),
  );
});

test("alone, those start that no other one brings up, less those with profiles", () => {
  expect(starting({ services }, false)).toEqual(["api", "mail"]);
  const long = { api: { depends_on: { db: { condition: "service_healthy" } } }, db: {} };
  expect(starting({ services: long }, false)).toEqual(["api"]);
});

test("beside tasks of the project's own, only those start that aren't built from it", () => {
  expect(starting({ services }, true)).toEqual(["db", "mail"]);
});

test.each(["null", "7", '"x"', "[]", "{}", '{"services":null}', '{"services":{"a":null}}'])(
  "a compose file that holds %s proposes nothing",
  (text) => expect(composeProposals(JSON.parse(text), "compose.yaml", false)).toEqual([]),
);

test("a service whose name compose would refuse is not proposed", () => {
  const parsed = { services: { "-f": {}, "a b": {}, "$(x)": {}, "a.b_c-1": {} } };
  expect(composeProposals(parsed, "c", false).map(({ name }) => name)).toEqual(["a.b_c-1"]);
});
