import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { NoticeWaits } from "../../../src/adapters/state/notices.ts";
import { directoryWith } from "../../helpers/directory.ts";

test("waits for one task and for another end, each when it is over", async () => {
  using directory = directoryWith({ "news/.keep": "" });
  const news = join(directory.path, "news");
  const waits = new NoticeWaits(news);
  const over = new Set<string>();
  const ended: string[] = [];
  const wait = (name: string, task: string) =>
    waits
      .until(
        task,
        () => {},
        () => over.has(name),
      )
      .then(() => void ended.push(name));
  const all = [wait("first", "web"), wait("second", "web"), wait("third", "api")];
  for (const [name, task] of [
    ["third", "api"],
    ["first", "web"],
    ["second", "web"],
  ] as const) {
    over.add(name);
    writeFileSync(join(news, task), "");
    await all[["first", "second", "third"].indexOf(name)];
  }
  expect(ended).toEqual(["third", "first", "second"]);
});

test("a directory that can't be watched is no hindrance: then it looks by itself", async () => {
  using directory = directoryWith({ news: "no directory" });
  const waits = new NoticeWaits(join(directory.path, "news"));
  let looks = 0;
  const sent: string[] = [];
  await waits.until(
    "web",
    () => void sent.push("message"),
    () => ++looks === 3,
  );
  expect(sent).toEqual(["message"]);
  expect(looks).toBe(3);
});
