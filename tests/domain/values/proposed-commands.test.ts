import { expect, test } from "bun:test";
import { proposingWith, withFlags } from "../../../src/domain/values/proposed-commands.ts";

const FLAGS = "-c a/b.toml --session x";

test.each([
  [
    "Try: taskmux logs web -n 50, then: taskmux start web",
    `Try: taskmux ${FLAGS} logs web -n 50, then: taskmux ${FLAGS} start web`,
  ],
  [
    "Stop it first: taskmux stop api; or give it another port",
    `Stop it first: taskmux ${FLAGS} stop api; or give it another port`,
  ],
  ["See why: taskmux why web", `See why: taskmux ${FLAGS} why web`],
  // These name a project themselves.
  [
    "Stop it there: taskmux -c /p/taskmux.toml stop web",
    "Stop it there: taskmux -c /p/taskmux.toml stop web",
  ],
  [
    "Stop what is left: taskmux stop --session other",
    "Stop what is left: taskmux stop --session other",
  ],
  // These propose no command, or one that needs no project.
  ["Stop it with taskmux in its own project", "Stop it with taskmux in its own project"],
  ["tmux is too old: taskmux needs 3.0", "tmux is too old: taskmux needs 3.0"],
  ["Run `taskmux init` to create one", "Run `taskmux init` to create one"],
  ["This is a bug in taskmux. Please", "This is a bug in taskmux. Please"],
  ["see taskmux starting", "see taskmux starting"],
])("%s", (text, proposed) => {
  expect(withFlags(text, FLAGS)).toBe(proposed);
  expect(withFlags(text, "")).toBe(text);
});

test("only what proposes commands changes in a result, however deep", () => {
  const result = {
    task: "taskmux start",
    hint: "taskmux start a",
    ok: false,
    at: null,
    results: [
      {
        error: "taskmux start a",
        warnings: ["taskmux stop a"],
        port: { holders: [{ hint: null }] },
      },
    ],
  };
  expect(proposingWith(result, "-c p")).toEqual({
    ...result,
    hint: "taskmux -c p start a",
    results: [{ ...result.results[0]!, warnings: ["taskmux -c p stop a"] }],
  });
});
