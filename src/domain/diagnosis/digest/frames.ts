/** A place in the source, as an error names it. */
export interface Frame {
  /** A path, absolute or relative to the working directory; `kind` "class": a file's name without its directory. */
  file: string;
  line: number;
  /** The function, if it has a name. */
  name: string | null;
  kind: "path" | "class";
}

/** How one runtime or tool writes a place. `before` is the line before, where some write the function. */
interface Shape {
  pattern: RegExp;
  read(found: RegExpExecArray, before: string): Frame;
}

const frame = (file = "", line = "0", name: string | null = null): Frame => ({
  file,
  line: Number(line),
  name: name === null ? null : nameOf(name),
  kind: "path",
});

const UNNAMED = /^(?:<.*>|anonymous|\{main\}|Object\.<anonymous>|.*\.<anonymous>|block .*)$/;

/** A function's name without its keywords and aliases; null if it has none. */
function nameOf(name: string): string | null {
  const short = name
    .replace(/^(?:async|new) /, "")
    .replace(/ \[as .*$/, "")
    .replace(/^Object\.(?:<anonymous>\.)?(?=\w)/, "");
  return UNNAMED.test(short) || short === "" ? null : short;
}

/** `shop/orders.(*Order).gross(...)` is `orders.(*Order).gross`. */
const goName = (line: string): string | null => {
  const call = /^(?:created by )?(\S+?)(?:\([^()]*\))?(?: in goroutine \d+)?$/.exec(line)?.[1];
  return call === undefined ? null : call.slice(call.lastIndexOf("/") + 1);
};

const rustName = (line: string): string | null => /^\s*\d+: (\S.*)$/.exec(line)?.[1] ?? null;

/** Lines of stack traces, by runtime. */
const TRACE_SHAPES: readonly Shape[] = [
  {
    // Java, Kotlin
    pattern:
      /^\s*at (?:[\w.@-]*\/)?([\w.$]+\.[\w$<>]+)\(([\w$]+\.(?:java|kt|scala|groovy)):(\d+)\)/,
    read: ([, name = "", file, line]) => ({ ...frame(file, line), name, kind: "class" }),
  },
  {
    // Rust: the function is in the line before
    pattern: /^\s+at (\S+\.rs):(\d+):\d+$/,
    read: ([, file, line], before) => frame(file, line, rustName(before)),
  },
  {
    // Node.js, Deno, Bun, with a function
    pattern: /^\s*at (\S[^()]*?(?: \[as [^\]]*\])?) \(([^()]+):(\d+):\d+\)/,
    read: ([, name = "", file, line]) => frame(file, line, name),
  },
  {
    pattern: /^\s*at (?:async )?([^()\s][^()]*):(\d+):\d+$/,
    read: ([, file, line]) => frame(file, line),
  },
  {
    // Python
    pattern: /^\s*File "([^"]+)", line (\d+)(?:, in (.+))?$/,
    read: ([, file, line, name = ""]) => frame(file, line, name),
  },
  {
    // Vitest
    pattern: /^ ❯ (?:(\S+) )?(\S+):(\d+):\d+$/,
    read: ([, name = "", file, line]) => frame(file, line, name),
  },
  {
    // Go: the function is in the line before
    pattern: /^\t(\/.*\.go):(\d+)(?: \+0x[0-9a-f]+)?$/,
    read: ([, file, line], before) => frame(file, line, goName(before)),
  },
  {
    // Ruby
    pattern: /^\s*(?:from )?([^\s:][^:]*):(\d+):in [`'](?:(?:rescue|ensure|block) in )?([^']*)'/,
    read: ([, file, line, name = ""]) => frame(file, line, name),
  },
  {
    // PHP: the function is the one that is called there
    pattern: /^#\d+ (\/[^()]+)\((\d+)\): /,
    read: ([, file, line]) => frame(file, line),
  },
];

/** Places that tools name in or below a message. */
const PLACE_SHAPES: readonly Shape[] = [
  // Vite
  { pattern: /^\s*File: (\S+?):(\d+)(?::\d+)?$/, read: ([, file, line]) => frame(file, line) },
  // Rolldown, oxc, SWC
  {
    pattern: /^\s*[╭,][─-]+\[\s*(\S+):(\d+):\d+\s*\]/,
    read: ([, file, line]) => frame(file, line),
  },
  // Rust's compiler
  { pattern: /^\s*--> (\S+):(\d+):\d+$/, read: ([, file, line]) => frame(file, line) },
  // TypeScript
  { pattern: /^\s*([^\s()]+)\((\d+),\d+\): /, read: ([, file, line]) => frame(file, line) },
  // Maven
  { pattern: /^\[ERROR\] (\S+):\[(\d+),\d+\] /, read: ([, file, line]) => frame(file, line) },
  // webpack
  { pattern: /^ERROR in (\S+) (\d+):\d+/, read: ([, file, line]) => frame(file, line) },
  // Rust
  {
    pattern: /panicked at (?:.*, )?(\S+\.rs):(\d+):\d+:?$/,
    read: ([, file, line]) => frame(file, line),
  },
  // PHP
  {
    pattern: / in (\/.+?)(?::| on line )(\d+)$/,
    read: ([, file, line]) => frame(file, line),
  },
  // Shells
  {
    pattern: /^(\S+\.(?:ba|z|k)?sh):(?: line)? (\d+): /,
    read: ([, file, line]) => frame(file, line),
  },
  // Compilers: at the start of a line
  {
    pattern:
      /^(?:vet: |[❯✘] )?((?:file:\/\/)?[^\s:()[\]"']*[^\s:()[\]"'.]\.[A-Za-z]\w{0,9}):(\d+)(?::|$)/,
    read: ([, file, line]) => frame(file, line),
  },
  // Others: `P:L:C` in a message
  {
    pattern:
      /(?:^|[\s("'])((?:\.{0,2}\/)?[\w@.-][^\s:()[\]"']*\.[A-Za-z]\w{0,9}):(\d+):\d+(?=$|[\s)"',.:])/,
    read: ([, file, line]) => frame(file, line),
  },
];

/** The place that a line of a stack trace names; null for other lines. */
export const frameIn = (line: string, before: string): Frame | null =>
  firstIn(TRACE_SHAPES, line, before);

/** The place that a message names; null if none. */
export const placeIn = (line: string): Frame | null => firstIn(PLACE_SHAPES, line, "");

function firstIn(shapes: readonly Shape[], line: string, before: string): Frame | null {
  for (const { pattern, read } of shapes) {
    const found = pattern.exec(line);
    if (found !== null) return read(found, before);
  }
  return null;
}
