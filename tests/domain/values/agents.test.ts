import { expect, test } from "bun:test";
import { agentSession, isAgentMarker } from "../../../src/domain/values/agents.ts";

test.each([
  ["CLAUDECODE", true],
  ["CLAUDE_CODE_SESSION_ID", true],
  ["CLAUDE_CODE_", true],
  ["CLAUDE_CONFIG_DIR", false],
  ["CODEX_THREAD_ID", true],
  ["CODEX_SANDBOX", true],
  ["CODEX_SANDBOX_NETWORK_DISABLED", true],
  ["CODEX_HOME", false],
  ["AGENT", true],
  ["AGENTS", false],
  ["MY_AGENT", false],
  ["OPENCODE_CLIENT", true],
  ["SSH_AGENT_PID", false],
  ["constructor", false],
])("%s is a marker of an agent: %p", (name, expected) => {
  expect(isAgentMarker(name)).toBe(expected);
});

test("the session of an agent is the first that a variable names", () => {
  const both = { CODEX_THREAD_ID: "t", CLAUDE_CODE_SESSION_ID: "s" };
  expect(agentSession(both)).toEqual({ agent: "claude-code", id: "s" });
  expect(agentSession({ CODEX_THREAD_ID: "t", CLAUDE_CODE_SESSION_ID: "" })).toEqual({
    agent: "codex",
    id: "t",
  });
  expect(agentSession({})).toBeNull();
});
