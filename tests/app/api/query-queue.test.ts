import { expect, test } from "bun:test";
import { QueryQueue } from "../../../src/app/api/query-queue.ts";

/** Looks that end when the test says so. */
function handDriven() {
  const queue = new QueryQueue(async () => {});
  const begun: { key: string; end: (answer: string) => void }[] = [];
  const run = (key: string): Promise<string> =>
    queue.run(key, () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      begun.push({ key, end: resolve });
      return promise;
    });
  return { queue, begun, run, keys: () => begun.map(({ key }) => key).join("") };
}

test("three queue run at a time, the others in their turn", async () => {
  const { begun, run, keys } = handDriven();
  const all = ["a", "b", "c", "d", "e"].map(run);
  await Bun.sleep(0);
  expect(keys()).toBe("abc");
  begun[1]!.end("B");
  expect(await all[1]).toBe("B");
  await Bun.sleep(0);
  expect(keys()).toBe("abcd");
  for (const look of [0, 2, 3]) begun[look]!.end("x");
  await Bun.sleep(0);
  expect(keys()).toBe("abcde");
});

test("who asks for what somebody waits for gets the same answer, but none that was begun before", async () => {
  const { begun, run, keys } = handDriven();
  const early = ["a", "a", "b"].map(run);
  const late = ["a", "a", "b", "a"].map(run);
  await Bun.sleep(0);
  expect(keys()).toBe("aab");
  for (const { end } of begun) end("old");
  expect(await Promise.all(early)).toEqual(["old", "old", "old"]);
  await Bun.sleep(0);
  expect(keys()).toBe("aabab");
  for (const { end } of begun) end("new");
  expect(await Promise.all(late)).toEqual(["new", "new", "new", "new"]);
});

test("a look that throws keeps nobody waiting", async () => {
  const { queue } = handDriven();
  const failing = ["a", "b", "c", "d"].map((key) =>
    queue.run(key, async () => {
      throw new Error(key);
    }),
  );
  const outcomes = await Promise.allSettled(failing);
  expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill("rejected"));
  expect(await queue.run("e", async () => "answer")).toBe("answer");
});
