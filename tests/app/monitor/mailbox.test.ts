import { expect, test } from "bun:test";
import { Mailbox } from "../../../src/app/monitor/mailbox.ts";

/** Sleeps until it is aborted, whatever the time; says how long it was to be. */
function sleeper() {
  const asked: number[] = [];
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    asked.push(ms);
    return new Promise((resolve) => signal?.addEventListener("abort", () => resolve()));
  };
  return { asked, sleep };
}

test("what comes ends the wait, once, and nothing is waited for while something lies there", async () => {
  const { asked, sleep } = sleeper();
  const mail = new Mailbox(sleep);
  await mail.next(1000);
  expect([...mail.take()]).toEqual([null]);

  const waiting = mail.next(1000);
  mail.tell("web");
  mail.tell("db");
  mail.tell("web");
  await waiting;
  await mail.next(1000);
  expect([...mail.take()]).toEqual(["web", "db"]);
  expect([...mail.take()]).toEqual([]);
  expect(asked).toEqual([1000]);
});

test("a wake ends the wait and leaves nothing behind; a deadline that has passed is no wait", async () => {
  const { asked, sleep } = sleeper();
  const mail = new Mailbox(sleep);
  mail.take();
  const waiting = mail.next(-5);
  mail.wake();
  await waiting;
  expect([...mail.take()]).toEqual([]);
  expect(asked).toEqual([0]);
});
