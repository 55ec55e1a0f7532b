import { expect, test } from "bun:test";
import { parseActivity, readActivity } from "../../../src/adapters/processes/activity.ts";
import { eventually } from "../../helpers/eventually.ts";

test.each(["sh", "a b", "x) R 9 (y", "a\nb", ""])(
  "the activity of a process called %j is read from the last parenthesis on",
  (name) => {
    const stat = `4242 (${name}) D 1 4240 4200 34816 4240 4194304 1 0 0 0 5 6 0 0 20 0 1 0 987654`;
    expect(parseActivity(stat)).toEqual({ state: "D", cpu: 110 });
  },
);

test.skipIf(process.platform !== "linux")(
  "a process that sleeps is told from one that works",
  async () => {
    const sleeping = Bun.spawn(["sleep", "1000"]);
    const working = Bun.spawn(["sh", "-c", "while :; do :; done"]);
    try {
      await eventually(() => readActivity(sleeping.pid)?.state === "S");
      await eventually(() => (readActivity(working.pid)?.cpu ?? 0) >= 30);
    } finally {
      sleeping.kill("SIGKILL");
      working.kill("SIGKILL");
      await Promise.all([sleeping.exited, working.exited]);
    }
    expect(readActivity(sleeping.pid)).toBeNull();
  },
);

test("elsewhere than on Linux nothing is known", () => {
  expect(readActivity(process.pid, "darwin")).toBeNull();
});
