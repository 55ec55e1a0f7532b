import { expect, test } from "bun:test";
import { procfileProposals } from "../../src/domain/procfile.ts";

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

test("who asks for PORT gets the one that foreman gives: 5000, and 100 more for each entry before it", () => {
  const text = "a: x\nb: serve -p $PORT\nc: serve ${PORT:-1}\nd: echo $PORTAL $PORT_1\n";
  const ports = procfileProposals(text, "Procfile").map(({ port }) => port);
  expect(ports).toEqual([undefined, 5100, 5200, undefined]);
});

test("entries have the environment of .env where there is one, and release doesn't start by itself", () => {
  const proposals = procfileProposals("web: x\nrelease: migrate\n", "Procfile.dev");
  expect(proposals).toEqual([
    { name: "web", command: "x", auto_start: true, env_file: ".env?", source: "Procfile.dev" },
    {
      name: "release",
      command: "migrate",
      auto_start: false,
      env_file: ".env?",
      source: "Procfile.dev",
    },
  ]);
});
