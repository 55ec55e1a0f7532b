import { expect, test } from "bun:test";
import { looksLikeError } from "../../../../src/domain/diagnosis/digest/error-words.ts";

test.each([
  "Error: listen EADDRINUSE: address already in use :::3000",
  "bash: line 1: nosuch: command not found",
  "thread 'main' panicked at src/main.rs:4:5",
  "panic: runtime error: index out of range",
  "Traceback (most recent call last):",
  "ValueError: invalid literal for int()",
  'Exception in thread "main" java.lang.NullPointerException',
  "FATAL:  could not create lock file",
  "npm ERR! code ELIFECYCLE",
  "Unhandled promise rejection",
  "Cannot find module 'express'",
  "cat: x: No such file or directory",
  "permission denied",
  "3 tests failed",
  "Segmentation fault (core dumped)",
  "level=error msg=boom",
])("%p looks like an error", (line) => {
  expect(looksLikeError(line)).toBe(true);
});

test.each([
  "Listening on 3000",
  "Found 0 errors. Watching for file changes.",
  "compiled with no errors",
  "12 passed, 0 failures",
  '{"error": null, "ok": true}',
  "errors: 0",
  "GET /terrors-of-the-sea 200",
  "",
])("%p does not", (line) => {
  expect(looksLikeError(line)).toBe(false);
});
