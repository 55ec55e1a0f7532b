import { expect, test } from "bun:test";
import { Value } from "@sinclair/typebox/value";
import { fc } from "../../helpers/property.ts";
import { generatedShape } from "../../../scripts/generate.ts";
import { configShape } from "../../../src/domain/config/schema.generated.ts";
import { violationsOf } from "../../../src/domain/values/shape.ts";
import { configSchema } from "../../../src/domain/config/config.ts";

test("the generated shape is the schema of today: `bun scripts/generate.ts` changes nothing", async () => {
  const file = new URL("../../../src/domain/config/schema.generated.ts", import.meta.url);
  expect(await Bun.file(file).text()).toBe(await generatedShape());
});

test("a value has violationsOf where TypeBox finds it wrong, and none where it doesn't", () => {
  const scalar = fc.oneof(
    fc.constantFrom("", " ", "x", "no", "10MB", "on-failure", "\0", "a\0b", "5.5kb", "-1"),
    fc.constantFrom(true, false, 0, 1, -1, 3.5, 70_000, 1e300, Number.NaN, Infinity, 200, 10n),
  );
  const item = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.constant({}));
  const table = (keys: string[]) =>
    fc.dictionary(fc.constantFrom(...keys, "oops"), item, { maxKeys: 3 });
  const hooks = fc.record(
    { hooks: table(["before_start", "after_stop"]), env: table(["A", "B=C", ""]) },
    { requiredKeys: [] },
  );
  const task = fc
    .tuple(hooks, table(Object.keys(fieldsOfTask)))
    .map(([inner, fields]) => ({ command: "x", ...inner, ...fields }));
  const config = fc
    .tuple(
      table(Object.keys(configSchema.properties)),
      hooks,
      fc.dictionary(fc.constantFrom("web", "a.b", "-x"), fc.oneof(task, item)),
    )
    .map(([fields, inner, tasks]) => ({
      ...fields,
      ...inner,
      ...(fields["tasks"] === undefined ? { tasks } : {}),
    }));
  let valid = 0;
  fc.assert(
    fc.property(config, (value) => {
      const isRight = Value.Check(configSchema, value);
      if (isRight) valid++;
      expect(violationsOf(configShape, value).length === 0).toBe(isRight);
    }),
    { numRuns: 3000 },
  );
  expect(valid).toBeGreaterThan(0);
});

const fieldsOfTask = taskProperties();

function taskProperties(): Record<string, unknown> {
  const forms = Object.values(configSchema.properties.tasks.patternProperties)[0]?.anyOf ?? [];
  return forms.flatMap((form) => ("properties" in form ? [form.properties] : []))[0] ?? {};
}

test("a date is no table, although it is an object without keys", () => {
  const parsed = Bun.TOML.parse(
    "hooks = 1979-05-27\nenv = 07:32:00\n[tasks]\nweb = 1979-05-27T07:32:00Z",
  );
  expect(violationsOf(configShape, parsed).map(({ path }) => path.join("."))).toEqual([
    "hooks",
    "env",
    "tasks.web",
  ]);
});
