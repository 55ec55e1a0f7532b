import { expect, test } from "bun:test";
import { ApiLooks } from "../../src/app/api-looks.ts";

/** Looks that end when the test says so. */
function handDriven() {
  const looks = new ApiLooks(async () => {});
  const begun: { key: string; end: (answer: string) => void }[] = [];
  const take = (key: string): Promise<string> =>
    looks.take(key, () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      begun.push({ key, end: resolve });
      return promise;
    });
  return { looks, begun, take, keys: () => begun.map(({ key }) => key).join("") };
}

test("three looks run at a time, the others in their turn", async () => {
  const { begun, take, keys } = handDriven();
  const all = ["a", "b", "c", "d", "e"].map(take);
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
  const { begun, take, keys } = handDriven();
  const early = ["a", "a", "b"].map(take);
  const late = ["a", "a", "b", "a"].map(take);
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
  const { looks } = handDriven();
  const failing = ["a", "b", "c", "d"].map((key) =>
    looks.take(key, async () => {
      throw new Error(key);
    }),
  );
  const outcomes = await Promise.allSettled(failing);
  expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill("rejected"));
  expect(await looks.take("e", async () => "answer")).toBe("answer");
});
