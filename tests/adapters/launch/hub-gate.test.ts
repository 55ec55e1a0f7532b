import { expect, test } from "bun:test";
import { join } from "node:path";
import { HubGate } from "../../../src/adapters/launch/hub-gate.ts";
import { directoryWith } from "../../helpers/directory.ts";

/** What the hub's script does at the gate; returns once no process can write to its FIFO. */
const waiting = (directory: string) =>
  Bun.spawn(
    [
      "/bin/sh",
      "-c",
      'exec 4<>"$1" 5<"$1" 4>&-; read -r _ <&5; :',
      "sh",
      join(directory, "log-hub-gate"),
    ],
    { stdio: ["ignore", "ignore", "ignore"] },
  );

test("a gate opens after the last of the acts that overlap, and can be closed again", async () => {
  using directory = directoryWith({});
  const gate = new HubGate(directory.path);
  for (let round = 0; round < 2; round++) {
    const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const acts = [first, second].map(({ promise }) => gate.during(() => promise));
    gate.close();
    const hub = waiting(directory.path);
    first.resolve("first");
    second.resolve("second");
    expect(await Promise.all(acts)).toEqual(["first", "second"]);
    expect(await hub.exited).toBe(0);
  }
});

test("a gate without an act opens by itself, and one of an act that takes long does too", async () => {
  using directory = directoryWith({});
  const gate = new HubGate(directory.path);
  gate.close();
  expect(await waiting(directory.path).exited).toBe(0);
  const never = Promise.withResolvers<void>();
  const act = gate.during(() => never.promise);
  gate.close();
  expect(await waiting(directory.path).exited).toBe(0);
  never.resolve();
  await act;
});

test("an act that fails opens the gate", async () => {
  using directory = directoryWith({});
  const gate = new HubGate(directory.path);
  const failed = gate.during(async () => {
    gate.close();
    throw new Error("no window");
  });
  expect(failed).rejects.toThrow("no window");
  expect(await waiting(directory.path).exited).toBe(0);
});

test("where no FIFO can be made, nothing is held back", async () => {
  using directory = directoryWith({ run: "a file" });
  const gate = new HubGate(join(directory.path, "run"));
  gate.close();
  expect(await gate.during(async () => "done")).toBe("done");
});
