import { expect, test } from "bun:test";
import { apiParams } from "../../../src/domain/api/params.ts";
import { readMessage } from "../../../src/domain/api/request.ts";
import { Failure, isFailure } from "../../../src/domain/failure.ts";

const commands: [text: string, command: string, params: object][] = [
  ['{"command":"status"}', "status", {}],
  ['{"command":"status","params":null}', "status", {}],
  ['{"command":"start","params":{}}', "start", {}],
  ['{"command":"stop","params":{"task":"web"}}', "stop", { task: "web" }],
  ['{"command":"stop","params":{"tasks":["a","b"]}}', "stop", { tasks: ["a", "b"] }],
  [
    '{"command":"start","params":{"no_deps":true,"force_port":false,"wait":true,"timeout":"90s"}}',
    "start",
    { no_deps: true, force_port: false, wait: true, timeout: "90s" },
  ],
  ['{"command":"restart","params":{"timeout":1.5}}', "restart", { timeout: 1.5 }],
  ['{"command":"kill","params":{"task":"web"}}', "kill", { task: "web" }],
  ['{"command":"logs","params":{"task":"web","lines":50}}', "logs", { task: "web", lines: 50 }],
  ['{"command":"logs","params":{"grep":"","since":"5m"}}', "logs", { grep: "", since: "5m" }],
  ['{"command":"subscribe","params":{"topics":["logs"]}}', "subscribe", { topics: ["logs"] }],
  ['{"command":"unsubscribe"}', "unsubscribe", {}],
];

test.each(commands)("%s is understood", (text, command, params) => {
  expect(readMessage(text)).toEqual({ id: null, request: { command, params } as never });
});

const REFUSED: [text: string, code: string, part: string, hint?: string][] = [
  ["", "E500", "not JSON"],
  ["{", "E500", "not JSON"],
  ["status", "E500", "not JSON"],
  ["5", "E500", "not 5"],
  ["null", "E500", "not null"],
  ["[]", "E500", "not an empty list"],
  ['"status"', "E500", 'not "status"'],
  ["{}", "E500", "'command' must be a command's name"],
  ['{"command":5}', "E500", "it is 5"],
  ['{"command":"statsu"}', "E501", 'Unknown command "statsu"', "Did you mean 'status'?"],
  ['{"command":"frobnicate"}', "E501", "frobnicate", "Commands: status, start"],
  ['{"command":"__proto__"}', "E501", "__proto__"],
  ['{"command":"constructor"}', "E501", "constructor"],
  ['{"command":"restart","task":"web"}', "E500", 'Unknown key "task"', "Put it in params"],
  ['{"command":"status","parms":{}}', "E500", 'Unknown key "parms"', "Did you mean 'params'?"],
  ['{"command":"status","params":[]}', "E500", "'params' must be an object, not an empty list"],
  ['{"command":"status","params":5}', "E500", "'params' must be an object, not 5"],
  ['{"command":"status","params":{"x":1}}', "E500", 'status has no param "x"', "It takes none"],
  ['{"command":"stop","params":{"taks":"x"}}', "E500", '"taks"', "Did you mean 'task'?"],
  ['{"command":"stop","params":{"__proto__":1}}', "E500", "__proto__"],
  ['{"command":"stop","params":{"task":5}}', "E500", "'task' must be a task's name, not 5"],
  ['{"command":"stop","params":{"tasks":"web"}}', "E500", "'tasks' must be a non-empty list"],
  ['{"command":"stop","params":{"tasks":[]}}', "E500", "not an empty list"],
  ['{"command":"stop","params":{"tasks":["a",5]}}', "E500", "'tasks.1' must be"],
  ['{"command":"stop","params":{"task":"a","tasks":["b"]}}', "E500", "not both"],
  ['{"command":"stop","params":{"task":null}}', "E500", "not null"],
  ['{"command":"start","params":{"wait":"yes"}}', "E500", "'wait' must be true or false"],
  ['{"command":"start","params":{"timeout":-1}}', "E500", "'timeout' must be seconds"],
  ['{"command":"kill"}', "E500", "kill needs a task's name"],
  ['{"command":"inspect"}', "E500", "inspect needs the param 'task'"],
  ['{"command":"logs","params":{"lines":1e9}}', "E500", "from 0 to 10000, not 1000000000"],
  ['{"command":"logs","params":{"lines":1.5}}', "E500", "whole number"],
  ['{"command":"logs","params":{"grep":"a\\u0000b"}}', "E500", "'grep' must be a text"],
  ['{"command":"subscribe"}', "E500", "subscribe needs the param 'topics'"],
  ['{"command":"subscribe","params":{"topics":[]}}', "E500", "'topics' must be a list"],
  ['{"command":"subscribe","params":{"topics":["log"]}}', "E500", "'topics.0' must be"],
  ['{"command":"status","id":{}}', "E500", "'id' must be a string, or a number"],
  ['{"command":"status","id":12345678901234567890}', "E500", "that is exact"],
  ['{"command":"status","id":1e400}', "E500", "not Infinity"],
];

test.each(REFUSED)("%s is %s: %s", (text, code, part, hint = "") => {
  const { request } = readMessage(text);
  expect(request).toBeInstanceOf(Failure);
  const failure = request as Failure;
  expect(failure.code).toBe(code as never);
  expect(failure.message).toContain(part);
  expect(failure.hint ?? "").toContain(hint);
  expect(failure.message.length).toBeLessThan(200);
});

test.each([
  ["1", 1],
  ["1.5", 1.5],
  ["-3", -3],
  ["0", 0],
  ['"a"', "a"],
  ['""', ""],
  ["null", null],
])("the id %s comes back, with an error too", (text, id) => {
  expect(readMessage(`{"command":"ping","id":${text}}`)).toMatchObject({ id, request: {} });
  const { id: told, request } = readMessage(`{"command":"pin","id":${text}}`);
  expect(isFailure(request)).toBe(true);
  expect(told).toBe(id);
});

test("a value that is deeply nested or very long gets a short sentence", () => {
  const deep = `{"command":"logs","params":{"lines":${"[".repeat(1e5)}${"]".repeat(1e5)}}}`;
  const { request } = readMessage(deep);
  expect(isFailure(request)).toBe(true);
  const long = JSON.stringify({ command: "x".repeat(1e6), params: {} });
  expect((readMessage(long).request as Failure).message.length).toBeLessThan(200);
  const key = JSON.stringify({ command: "status", params: { ["k".repeat(1e6)]: 1 } });
  expect((readMessage(key).request as Failure).message.length).toBeLessThan(200);
});

test("every param says in its description what is allowed", () => {
  for (const { properties } of Object.values(apiParams)) {
    for (const schema of Object.values(properties)) expect(schema).toHaveProperty("description");
  }
});
