import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import {
  expand,
  type Reference,
  referencesIn,
  written,
} from "../../../src/domain/ports/references.ts";

const valueOf = (reference: Reference): string | undefined =>
  `<${written(reference).slice(2, -1)}>`;

test.each([
  ["${port}", "<port>"],
  ["${url}", "<url>"],
  ["http://localhost:${port}/a?${session}", "http://localhost:<port>/a?<session>"],
  ["${worktree}${worktree}", "<worktree><worktree>"],
  ["${tasks.api.port}", "<tasks.api.port>"],
  ["${tasks.api.url}v1", "<tasks.api.url>v1"],
  ["${tasks.my.api.port.port}", "<tasks.my.api.port.port>"],
  ["${tasks.a-b_c.url}", "<tasks.a-b_c.url>"],
])("%s refers to something", (text, expanded) => {
  expect(expand(text, valueOf)).toBe(expanded);
});

test.each([
  "",
  "no reference",
  "$port",
  "${PATH}",
  "${PORT}",
  "${ port }",
  "${port:-3000}",
  "${port",
  "{port}",
  "${}",
  "${tasks.api}",
  "${tasks.api.host}",
  "${tasks..port}",
  "${tasks.-a.port}",
  "${hostname}",
])("%s stays as it is", (text) => {
  expect(expand(text, valueOf)).toBe(text);
});

test.each([
  ["$${port}", "${port}"],
  ["$${PATH}", "${PATH}"],
  ["a$${b", "a${b"],
  ["$$${port}", "$${port}"],
  ["$${port} is ${port}", "${port} is <port>"],
  ["$$5", "$$5"],
])("%s is %s: $${ is a literal", (text, expanded) => {
  expect(expand(text, valueOf)).toBe(expanded);
});

test("a reference without a value stays", () => {
  expect(expand("a ${port} ${url}", ({ kind }) => (kind === "url" ? "u" : undefined))).toBe(
    "a ${port} u",
  );
});

test("a value that looks like a reference is not expanded again", () => {
  expect(expand("${session}", () => "${port}$&")).toBe("${port}$&");
});

test("the references of a text, in its order", () => {
  expect(referencesIn("${url}$${port}${tasks.api.port}${HOME}")).toEqual([
    { kind: "url" },
    { kind: "task", task: "api", part: "port" },
  ]);
});

const TEXT = fc
  .array(fc.constantFrom("$", "{", "}", "${", "port", "tasks.", "a", ".url", "session", " "))
  .map((parts) => parts.join(""));

test("any text can be written with $${ for each ${", () => {
  fc.assert(
    fc.property(TEXT, (text) => {
      expect(
        expand(
          text.replaceAll("${", () => "$${"),
          valueOf,
        ),
      ).toBe(text);
    }),
  );
});

test("a text without ${ stays as it is", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!text.includes("${"));
      expect(expand(text, valueOf)).toBe(text);
    }),
  );
});
