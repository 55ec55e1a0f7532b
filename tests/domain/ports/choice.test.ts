import { expect, test } from "bun:test";
import {
  changeWarning,
  noPort,
  portsToTry,
  tasksReferringTo,
} from "../../../src/domain/ports/choice.ts";
import { configOf } from "../../helpers/config.ts";

const choice = (recorded: number | null, setting = "3000+") => ({ task: "api", setting, recorded });

test.each([
  [null, [3000, 3001, 3002]],
  [3000, [3000, 3001, 3002]],
  [3002, [3002, 3000, 3001]],
  [3099, [3099, 3000, 3001]],
  // The config says something else by now.
  [3100, [3000, 3001, 3002]],
  [2999, [3000, 3001, 3002]],
])("after %p, these ports are tried first", (recorded, first) => {
  const ports = portsToTry(choice(recorded), "shop");
  expect(ports.slice(0, 3)).toEqual(first);
  expect(new Set(ports).size).toBe(100);
});

test("a change names what holds the old port, and what still uses it", () => {
  const change = { task: "api", from: 3000, to: 3001, held_by: "pid 42 (node)" };
  expect(changeWarning(change, [])).toBe(
    "Port of task 'api' is 3001 now: 3000 is held by pid 42 (node)",
  );
  expect(changeWarning(change, ["web", "job"])).toEndWith("; to use it: taskmux restart web job");
});

test("without a free port the failure names the range", () => {
  expect(noPort(choice(null), "shop", "pid 42 (node)")).toMatchObject({
    code: "E220",
    message:
      "No port of task 'api' is free: all from 3000 to 3099 are in use, the first by pid 42 (node)",
  });
});

test.each([
  ['[tasks.web]\ncommand = "x"\nenv = { A = "${tasks.api.url}" }', ["web"]],
  ['[tasks.web]\ncommand = "x"\nhealth_url = "http://a:${tasks.api.port}"', ["web"]],
  [
    '[tasks.web]\ncommand = "x"\nenv = { A = "${tasks.web2.port} $${tasks.api.port}" }\n[tasks.web2]\nport = 1\ncommand = "x"',
    [],
  ],
  ['[tasks.web]\ncommand = "x"', []],
])("the tasks that refer to api in %s", async (toml, names) => {
  const config = await configOf(`${toml}\n[tasks.api]\nport = 3000\ncommand = "x"`);
  expect(tasksReferringTo("api", config)).toEqual(names);
});

test("a reference at the top level is one of every task", async () => {
  const config = await configOf(
    'env = { A = "${tasks.api.port}" }\n[tasks]\nweb = "x"\n[tasks.api]\nport = 1\ncommand = "x"',
  );
  expect(tasksReferringTo("api", config)).toEqual(["web", "api"]);
});
