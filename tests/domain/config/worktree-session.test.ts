import { expect, test } from "bun:test";
import { worktreeSession, worktreeSlug } from "../../../src/domain/config/worktree-session.ts";
import { validSessionName } from "../../../src/domain/values/names.ts";

const digest = () => "0123456789abcdef";

test.each([
  ["fix", "fix"],
  ["Fix_Login-2", "fix_login-2"],
  ["v1.2", "v1-2"],
  ["feature+x@y", "feature-x-y"],
  ["--a--b--", "a--b"],
  ["büro", "b-ro"],
  ["日本", "012345"],
  ["...", "012345"],
])("the id %j is %j in a session's name", (id, slug) => {
  expect(worktreeSlug(id, digest)).toBe(slug);
  expect(validSessionName(worktreeSession("demo", slug, digest))).toBe(true);
});

test.each([
  ["demo", "fix", "demo-fix"],
  ["demo", "x".repeat(59), `demo-${"x".repeat(59)}`],
  ["demo", "x".repeat(60), `demo-${"x".repeat(52)}-012345`],
  ["n".repeat(64), "fix", `${"n".repeat(57)}-012345`],
])("%j in the worktree %j", (name, slug, session) => {
  expect(worktreeSession(name, slug, digest)).toBe(session);
  expect(validSessionName(session)).toBe(true);
});
