import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { draftConfig } from "../../../src/domain/init/draft.ts";
import { readConfig } from "../../../src/domain/config/read.ts";
import type { Proposal } from "../../../src/domain/init/proposal.ts";

const TASK: Proposal = { name: "web", command: "npm run dev", auto_start: true, source: "x" };

const read = (text: string) => readConfig(Bun.TOML.parse(text), text);

test("a draft has a block for each task, and of its fields only those that aren't the defaults", () => {
  const api = {
    ...TASK,
    name: "a.b",
    auto_start: false,
    profiles: ["a", "b"],
    port: 5000,
    env_file: ".env?",
  };
  const text = draftConfig("shop", [TASK, api]);
  expect(text).toContain(
    'name = "shop"\n\n[tasks.web]\ncommand = "npm run dev"\n\n[tasks."a.b"]\n',
  );
  expect(text).toEndWith(
    'command = "npm run dev"\nauto_start = false\nprofiles = ["a", "b"]\nport = 5000\nenv_file = ".env?"\n',
  );
});

test("every field that is proposed is written so that it is read back", async () => {
  const db = {
    ...TASK,
    name: "db",
    cwd: "apps/db",
    oneshot: true,
    health_check: "docker compose exec -T db sh -c 'x \"y\"'",
    env_file: ".env?",
  };
  const api = { ...TASK, name: "api", depends_on: ["db"], port: 1, health_tcp: 5432 };
  const reading = await read(draftConfig("x", [db, api]));
  expect(reading).toMatchObject({
    config: {
      tasks: [
        { name: "db", cwd: "apps/db", oneshot: true, health_check: db.health_check },
        { name: "api", depends_on: ["db"], port: 1 },
      ],
    },
  });
});

test("a draft without tasks is valid, and so is its example once the marks are taken away", async () => {
  const text = draftConfig("shop", []);
  expect(await read(text)).toMatchObject({ config: { name: "shop", tasks: [] } });
  const [head = "", example = ""] = text.split("[tasks]\n");
  const reading = await read(`${head}[tasks]\n${example.replace(/^# /gm, "")}`);
  const names = ["web", "db", "api"].map((name) => ({ name }));
  expect(reading).toMatchObject({ config: { tasks: names } });
});

test.each([
  ['say "hi"', `'say "hi"'`],
  ["a\\b", "'a\\b'"],
  [`both ' and "`, `"both ' and \\""`],
  ["tab\there", '"tab\\there"'],
  ["lone \ud800", '"lone \ufffd"'],
  ["\x7f", '"\\u007f"'],
])("the command %p is written as %s", (command, written) => {
  expect(draftConfig("x", [{ ...TASK, command }])).toContain(`command = ${written}\n`);
});

test("every command and name comes back as it was", async () => {
  const text = fc
    .string({ unit: "binary", minLength: 1 })
    .filter((each) => /^\s*[^\0\s][^\0]*$/.test(each));
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/),
      async (command, name) => {
        const reading = await read(draftConfig("x", [{ ...TASK, name, command }]));
        expect(reading).toMatchObject({
          config: { tasks: [{ name, command: command.toWellFormed() }] },
        });
      },
    ),
  );
});
