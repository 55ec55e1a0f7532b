import { join } from "node:path";
import { expect, test } from "bun:test";
import { holdFileLock } from "../../../src/adapters/system/file-lock.ts";
import { directoryWith } from "../../helpers/directory.ts";

test("acts under a lock never overlap, and one that fails releases it", async () => {
  using directory = directoryWith({});
  const path = join(directory.path, "below/a.lock");
  let running = 0;
  const act = async (index: number): Promise<number> => {
    expect(++running).toBe(1);
    await Bun.sleep(1);
    running--;
    if (index === 1) throw new Error("fails");
    return index;
  };
  const acts = [0, 1, 2, 3].map((index) => holdFileLock(path, () => act(index)));
  const ended = await Promise.allSettled(acts);
  expect(ended.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
});

test("a long wait is reported once", async () => {
  using directory = directoryWith({});
  const path = join(directory.path, "a.lock");
  const { promise: reported, resolve: report } = Promise.withResolvers<void>();
  let reports = 0;
  let second: Promise<string> | undefined;
  await holdFileLock(path, async () => {
    const onWait = () => {
      reports++;
      report();
    };
    second = holdFileLock(path, async () => "done", onWait);
    await reported;
    await Bun.sleep(20);
  });
  expect(await second).toBe("done");
  expect(reports).toBe(1);
});
