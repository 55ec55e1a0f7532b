/** Words that error messages of programs, runtimes, shells and the system contain. */
const WORDS = new RegExp(
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
const NAMES = /[A-Za-z](?:Error|Exception)\b/;

/** `0 errors`, `no failures`, `error: null`: contain the words, but report no error. */
const DENIALS =
  /\b(?:0|no|without|zero) (?:errors?|failures?|exceptions?)\b|\b(?:errors?|failed|failures?)["']?\s*[:=]\s*(?:0|null|none|false)\b/gi;

/** The path of a request, which may contain any word. */
const REQUESTS = /\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*/g;

/** Whether a line of output, without colours, looks like an error. A heuristic: the line is shown, never acted on. */
export function looksLikeError(text: string): boolean {
  const claims = text.replace(DENIALS, "").replace(REQUESTS, "");
  return WORDS.test(claims) || NAMES.test(claims);
}
