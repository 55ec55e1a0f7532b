import { expect, test } from "bun:test";
import { procfileProposals } from "../../../src/domain/init/procfile.ts";

const proposed = (text: string) =>
  procfileProposals(text, "Procfile").map(({ name, command }) => `${name}=${command}`);

test.each([
  [
    "web: node server.js\nworker: node worker.js\n",
    ["web=node server.js", "worker=node worker.js"],
  ],
  ["web:   node a.js  \r\n\r\nw-1_x:b\r\n", ["web=node a.js", "w-1_x=b"]],
  ["# web: x\n\n  web: bin/rails s -p 3000 # here", ["web=bin/rails s -p 3000 # here"]],
  ["no entry\nbad name: x\nweb:\n: y\n", []],
  ["", []],
])("a Procfile %p has the entries %p", (text, entries) => {
  expect(proposed(text)).toEqual(entries);
});

test("web gets the port that foreman gives it: 5000, and 100 more for each entry before it; what uses PORT, or the next free one", () => {
  const text =
    "a: x\nb: serve -p $PORT\nc: serve ${PORT:-1}\nd: echo $PORTAL $PORT_1\nweb: node x.js\n";
  const ports = procfileProposals(text, "Procfile").map(({ port }) => port);
  expect(ports).toEqual([undefined, "5100+", "5200+", undefined, 5400]);
});

test.each([
  ["PORT=8000\n", [8000, "8100+"]],
  ['A=1\nexport PORT = "8000" # x\n', [8000, "8100+"]],
  ["PORT=1\nPORT='8000'\n", [8000, "8100+"]],
  ["PORT=65500\n", [65500, undefined]],
  ["XPORT=8000\n#PORT=8000\nPORT=$X\nPORT=0\nPORT=70000\n", [5000, "5100+"]],
  ["", [5000, "5100+"]],
])("with a .env of %j they are %j", (dotenv, ports) => {
  const text = "web: x\napi: serve $PORT\n";
  expect(procfileProposals(text, "Procfile", dotenv).map(({ port }) => port)).toEqual(ports);
});

test("entries have the environment of .env where there is one, and release doesn't start by itself", () => {
  const proposals = procfileProposals("web: x\nrelease: migrate\n", "Procfile.dev");
  expect(proposals).toEqual([
    {
      name: "web",
      command: "x",
      auto_start: true,
      port: 5000,
      env_file: ".env?",
      source: "Procfile.dev",
    },
    {
      name: "release",
      command: "migrate",
      auto_start: false,
      env_file: ".env?",
      source: "Procfile.dev",
    },
  ]);
});

test("a program that takes a port gets it, unless it has one already", () => {
  const text = "web: bin/rails server\napp: bin/rails s -p 3000\napi: uvicorn app:app\n";
  expect(procfileProposals(text, "Procfile").map(({ command, port }) => [command, port])).toEqual([
    ["bin/rails server --port $PORT", "5000+"],
    ["bin/rails s -p 3000", undefined],
    ["uvicorn app:app --port $PORT", "5200+"],
  ]);
});
