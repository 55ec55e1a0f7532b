import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { schemaFiles } from "../../scripts/schema.ts";
import { allCommands } from "../../src/cli/command-table.ts";
import { hooksSchema, taskFields, topFields } from "../../src/domain/config/config.ts";
import { root } from "../helpers/binary.ts";
import { said } from "../helpers/schemas.ts";
import { createWorld } from "../helpers/world.ts";

test("schema/ is the schemas of today: `bun scripts/schema.ts` changes nothing", () => {
  const files = schemaFiles();
  const found = [...new Bun.Glob("*").scanSync({ cwd: join(root, "schema") })];
  expect(found.toSorted()).toEqual([...files.keys()].toSorted());
  for (const [name, text] of files) {
    expect(readFileSync(join(root, "schema", name), "utf8")).toBe(text);
  }
});

test("schema prints the schema of taskmux.toml, without a config", async () => {
  await using world = createWorld();
  const file = readFileSync(join(root, "schema/taskmux.toml.json"), "utf8");
  for (const names of [[], ["taskmux.toml"], ["config"]]) {
    const { exitCode, stdout } = await world.run(["schema", ...names]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: file });
    const output = await world.run(["schema", ...names, "--json"]);
    expect(said(output, "schemaSchema").result).toEqual(JSON.parse(file));
  }
});

test("schema prints the schema of each command's output, by alias too", async () => {
  await using world = createWorld();
  const file = (name: string) => readFileSync(join(root, `schema/${name}.json`), "utf8");
  for (const { name } of allCommands().map(({ meta }) => meta)) {
    const { exitCode, stdout } = await world.run(["schema", name]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: file(name) });
  }
  expect((await world.run(["schema", "ls"])).stdout).toBe(file("status"));
});

test("an unknown schema is E500, with the nearest name", async () => {
  await using world = createWorld();
  const { exitCode, result } = said(await world.run(["schema", "statsu", "--json"]), null);
  expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 2, code: "E500" });
  expect(result.hint).toContain("'status'");
});

test("every command's schema tells of each document that it may print, errors included", () => {
  for (const { meta, schemas } of allCommands()) {
    const { anyOf } = JSON.parse(schemaFiles().get(`${meta.name}.json`) ?? "");
    const titles = anyOf.map((form: { title: string }) => form.title);
    expect(titles).toEqual([...schemas.map((each) => each.replace("Schema", "")), "error"]);
  }
});

test("no schema has a pattern that only JavaScript can read", () => {
  for (const [, text] of schemaFiles()) {
    for (const [, pattern = ""] of text.matchAll(/"pattern": (".*")/g)) {
      expect(JSON.parse(pattern)).not.toContain("\\0");
      expect(() => new RegExp(JSON.parse(pattern), "u")).not.toThrow();
    }
  }
});

const page = readFileSync(join(root, "docs/configuration.md"), "utf8");
const tables = /\n## Top level\n.*?\n## Tasks\n.*?\n## /s.exec(page)?.[0] ?? "";

/** The first cells of the tables of fields: `hooks.before_start`, `.after_start`. */
const named = [...tables.matchAll(/^\| (`.*?) \|/gm)]
  .flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)])
  .flatMap(([, name = ""]) => name.split(".").filter((part) => part !== ""));

test("the page of the configuration has every field of the schema, and no other", () => {
  const fields = [taskFields, topFields, hooksSchema.properties].flatMap(Object.keys);
  for (const field of fields) expect(named).toContain(field);
  for (const name of named) expect([...fields, "*"]).toContain(name);
});

test("the page of the configuration has the defaults of the schema", () => {
  const rows = tables.split("\n").map((line) => line.split(" | "));
  for (const [field, schema] of Object.entries({ ...topFields, ...taskFields })) {
    const shown: unknown = "default" in schema ? schema.default : undefined;
    if (shown === undefined || (typeof shown === "object" && Object.keys(shown!).length === 0)) {
      continue;
    }
    const defaults = rows.filter(([names]) => names?.includes(`\`${field}\``)).map((row) => row[1]);
    expect(`${field}: ${defaults.join(" ")}`).toContain(JSON.stringify(shown));
  }
});
