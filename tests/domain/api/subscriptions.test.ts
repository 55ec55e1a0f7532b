import { expect, test } from "bun:test";
import type { Topic } from "../../../src/domain/api/params.ts";
import {
  channelsOf,
  NO_SUBSCRIPTIONS,
  subscribed,
  unsubscribed,
} from "../../../src/domain/api/subscriptions.ts";

type Step = [verb: "+" | "-", topics: string, task?: string];

const rows: [steps: Step[], channels: string][] = [
  [[], ""],
  [[["+", "logs"]], "logs"],
  [[["+", "logs events status"]], "logs events status"],
  [
    [
      ["+", "logs"],
      ["+", "logs"],
    ],
    "logs",
  ],
  [[["+", "logs", "web"]], "logs/web"],
  [
    [
      ["+", "logs", "web"],
      ["+", "logs", "api"],
    ],
    "logs/web logs/api",
  ],
  [
    [
      ["+", "logs", "web"],
      ["+", "logs"],
    ],
    "logs",
  ],
  [
    [
      ["+", "logs"],
      ["+", "logs", "web"],
    ],
    "logs",
  ],
  [[["+", "logs events", "web"]], "logs/web events/web"],
  [
    [
      ["+", "logs"],
      ["-", "logs"],
    ],
    "",
  ],
  [
    [
      ["+", "logs events"],
      ["-", "logs"],
    ],
    "events",
  ],
  [
    [
      ["+", "logs", "web"],
      ["+", "logs", "api"],
      ["-", "logs", "web"],
    ],
    "logs/api",
  ],
  [
    [
      ["+", "logs", "web"],
      ["+", "logs", "api"],
      ["-", "logs"],
    ],
    "",
  ],
  [
    [
      ["+", "logs", "web"],
      ["-", "logs", "web"],
    ],
    "",
  ],
  [
    [
      ["+", "logs"],
      ["-", "logs", "web"],
    ],
    "logs",
  ],
  [[["-", "logs"]], ""],
  [[["-", "logs", "web"]], ""],
];

test.each(rows)("%j leads to %j", (steps, channels) => {
  const after = steps.reduce((now, [verb, topics, task = null]) => {
    const change = verb === "+" ? subscribed : unsubscribed;
    return change(now, topics.split(" ") as Topic[], task);
  }, NO_SUBSCRIPTIONS);
  expect([...channelsOf(after)].join(" ")).toBe(channels);
});

test("a change makes new subscriptions and leaves the old ones", () => {
  const before = subscribed(NO_SUBSCRIPTIONS, ["logs"], "web");
  unsubscribed(before, ["logs"], "web");
  subscribed(before, ["logs"], null);
  expect([...channelsOf(before)]).toEqual(["logs/web"]);
});
