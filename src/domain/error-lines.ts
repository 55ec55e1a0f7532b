/** What programs write when something goes wrong: words of their own, of runtimes, of shells, of the system. */
const words = new RegExp(
  [
    "(?:\\b|_)(?:err|errors?|exceptions?)\\b",
    "\\b(?:fatal|panic(?:ked)?|traceback|unhandled|uncaught|segfault|aborted|denied)\\b",
    "\\bfail(?:ed|ure|s)?\\b",
    "\\bcan(?:not|'t) (?:find|open|read|bind|connect|resolve|import|load)\\b",
    "\\b(?:not found|no such file|already in use|out of memory|core dumped)\\b",
    "\\bE(?:ADDRINUSE|ACCES|PERM|NOENT|CONNREFUSED|CONNRESET|HOSTUNREACH|TIMEDOUT|NOSPC|MFILE)\\b",
  ].join("|"),
  "i",
);

/** `ValueError`, `NullPointerException`. */
const names = /[A-Za-z](?:Error|Exception)\b/;

/** `0 errors`, `no failures`, `error: null`: the words, but nothing went wrong. */
const denials =
  /\b(?:0|no|without|zero) (?:errors?|failures?|exceptions?)\b|\b(?:errors?|failed|failures?)["']?\s*[:=]\s*(?:0|null|none|false)\b/gi;

/** Whether a line of a program's output, without colours, looks like an error. A guess, for people and agents to judge. */
export function looksLikeError(text: string): boolean {
  const claims = text.replace(denials, "");
  return words.test(claims) || names.test(claims);
}
