import { expect, test } from "bun:test";
import { actorOf } from "../../../src/domain/values/actor.ts";

const person = () => "ann@pts/3";
const CLAUDE = { CLAUDE_CODE_SESSION_ID: "8a718ed2-9f00-4d7e-8c11-000000000000" };

test.each([
  ["a person", {}, "ann@pts/3"],
  ["Claude Code", { CLAUDECODE: "1", ...CLAUDE }, "claude-code/8a718ed2"],
  ["Codex", { CODEX_THREAD_ID: "019abc12-34" }, "codex/019abc12"],
  ["Cursor", { CURSOR_TRACE_ID: "deadbeefcafe" }, "cursor/deadbeef"],
  ["Amp", { AMP_CURRENT_THREAD_ID: "T-5928a90d" }, "amp/T-5928a9"],
  ["a marker without a session", { CLAUDECODE: "1", GEMINI_CLI: "1" }, "ann@pts/3"],
  ["an empty session", { CLAUDE_CODE_SESSION_ID: "" }, "ann@pts/3"],
  ["a session of blanks", { CLAUDE_CODE_SESSION_ID: " \n" }, "ann@pts/3"],
  ["the name that was given", { TASKMUX_ACTOR: "deploy bot", ...CLAUDE }, "deploy bot"],
  ["an empty name", { TASKMUX_ACTOR: "", ...CLAUDE }, "claude-code/8a718ed2"],
  ["a name of blanks", { TASKMUX_ACTOR: " \t\n", ...CLAUDE }, "claude-code/8a718ed2"],
  ["several lines", { TASKMUX_ACTOR: "a\nb\u2028c" }, "a b c"],
  ["an escape sequence", { TASKMUX_ACTOR: "a\u001b]0;x\u0007b" }, "a\uFFFD]0;x\uFFFDb"],
  ["colours", { TASKMUX_ACTOR: "\u001b[31mred\u001b[0m" }, "red"],
  ["a long name", { TASKMUX_ACTOR: "x".repeat(200_000) }, "x".repeat(64)],
  ["a long name of pairs", { TASKMUX_ACTOR: `x${"😀".repeat(1000)}` }, `x${"😀".repeat(31)}`],
])("%s", (_, environment, actor) => {
  expect(actorOf(environment, person)).toBe(actor);
});

test("a person's name is as bounded", () => {
  expect(actorOf({}, () => `${"x".repeat(100)}\n`)).toBe("x".repeat(64));
});
