import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { suggestName, validSessionName, validTaskName } from "../../../src/domain/values/names.ts";
import { configSchema } from "../../../src/domain/config/config.ts";

test.each([
  ["web", true, true],
  ["_web-2", true, true],
  ["9", true, true],
  ["api.v2", false, true],
  ["__proto__", true, true],
  ["a".repeat(64), true, true],
  ["a".repeat(65), false, false],
  ["", false, false],
  [".", false, false],
  ["..", false, false],
  ["-x", false, false],
  ["a/b", false, false],
  ["a b", false, false],
  ["a:b", false, false],
  ["@1", false, false],
  ["$0", false, false],
  ["{end}", false, false],
  ["#(id)", false, false],
  ["web\n", false, false],
  ["wéb", false, false],
])("%j as a session's name: %p, as a task's: %p", (name, asSession, asTask) => {
  expect(validSessionName(name)).toBe(asSession);
  expect(validTaskName(name)).toBe(asTask);
});

test("the schema has the same rules", () => {
  const session = new RegExp(configSchema.properties.name.pattern as string);
  const task = new RegExp(Object.keys(configSchema.properties.tasks.patternProperties)[0] ?? "");
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "Z", "0", "_", "-", ".", "/", "é", "\n") }),
      (name) => {
        expect(validSessionName(name)).toBe(session.test(name));
        expect(validTaskName(name)).toBe(task.test(name));
      },
    ),
  );
});

test.each([
  ["my project", "my-project"],
  ["../../etc", "etc"],
  ["café:1", "cafe-1"],
  ["...", "main"],
  ["", "main"],
  ["#{pid}", "pid"],
  ["a".repeat(100), "a".repeat(64)],
])("for %j it suggests %j", (bad, better) => {
  expect(suggestName(bad)).toBe(better);
});

test("whatever it suggests is valid, and a valid name stays", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (bad) => {
      expect(validSessionName(suggestName(bad))).toBe(true);
      expect(suggestName(suggestName(bad))).toBe(suggestName(bad));
    }),
  );
});
