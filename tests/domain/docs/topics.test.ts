import { expect, test } from "bun:test";
import { join } from "node:path";
import { DOC_TOPICS, topicNamed, topicNames } from "../../../src/domain/docs/topics.ts";
import { isFailure } from "../../../src/domain/failure.ts";
import { root } from "../../helpers/binary.ts";

test("every page of docs/ is a topic, with one line that fits beside its name", () => {
  const pages = [...new Bun.Glob("*.md").scanSync({ cwd: join(root, "docs") })];
  expect(pages.map((page) => page.replace(".md", "")).toSorted()).toEqual(topicNames().toSorted());
  for (const description of Object.values(DOC_TOPICS))
    expect(description.length).toBeLessThanOrEqual(80 - "troubleshooting  ".length);
});

test.each(["guide", "Guide", "guide.md", "docs/guide.md"])("%s is a topic", (name) => {
  expect(topicNamed(name)).toBe("guide");
});

test.each([
  ["giude", "Did you mean 'guide'? Topics: guide, configuration, "],
  ["zzz", "Topics: guide, configuration, "],
])("%s is none, with the list of those that there are", (name, hint) => {
  const found = topicNamed(name);
  if (!isFailure(found)) throw new Error(found);
  expect(found).toMatchObject({ code: "E500", message: `There is no topic '${name}'` });
  expect(found.hint).toStartWith(hint);
});
