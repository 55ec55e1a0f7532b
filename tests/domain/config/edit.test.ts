import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { addTask, type NewTask, removeTask } from "../../../src/domain/config/edit.ts";

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join("");
const block = lines("[tasks.new]", 'command = "x"');

test.each([
  ["an empty file", "", block],
  ["blank lines", "\n\n", `\n\n${block}`],
  ["a last line", "a = 1\n", `a = 1\n\n${block}`],
  ["no final newline", "a = 1", `a = 1\n\n${block.trimEnd()}`],
  ["blank lines at the end, which stay there", "a = 1\n\n \n", `a = 1\n\n${block}\n \n`],
  ["CRLF", "a = 1\r\n", `a = 1\r\n\r\n${block.replaceAll("\n", "\r\n")}`],
  [
    "CRLF without a final one",
    "a = 1\r\nb = 2",
    'a = 1\r\nb = 2\r\n\r\n[tasks.new]\r\ncommand = "x"',
  ],
  ["a comment at the end", "a = 1\n# end\n", `a = 1\n# end\n\n${block}`],
  ["a comment that ends in a no-break space", "# a\u00a0", `# a\u00a0\n\n${block.trimEnd()}`],
  ["a [tasks] table of commands", '[tasks]\nweb = "y"\n', `[tasks]\nweb = "y"\n\n${block}`],
  ["dotted keys", 'tasks.web.command = "y"\n', `tasks.web.command = "y"\n\n${block}`],
  [
    "an inline table",
    'tasks = { a = "y" } # z\nb = 1\n',
    'tasks = { a = "y", new = { command = "x" } } # z\nb = 1\n',
  ],
  ["an empty inline table", "tasks = {}\n", 'tasks = {new = { command = "x" }}\n'],
  [
    "an inline table over lines",
    'tasks = {\n  a = "y", # }\n}\n',
    'tasks = {\n  a = "y", new = { command = "x" }, # }\n}\n',
  ],
])("adds to %s, and removing it gives the file back", (_, before, after) => {
  expect(addTask(before, "new", { command: "x" })).toBe(after);
  expect(removeTask(after, "new")).toBe(before);
});

test("writes the fields that are given, in a fixed order, as a person would", () => {
  const task: NewTask = {
    env: { A: "1", "odd name": "a\tb" },
    auto_start: false,
    depends_on: ["db", "api.v2"],
    health_check: 'test "$(cat up)" = yes',
    port: 3000,
    cwd: "web",
    command: 'it\'s "quoted" \\ \u007f',
  };
  expect(addTask("", "api.v3", task)).toBe(
    lines(
      '[tasks."api.v3"]',
      'command = "it\'s \\"quoted\\" \\\\ \\u007f"',
      'cwd = "web"',
      "port = 3000",
      "health_check = 'test \"$(cat up)\" = yes'",
      'depends_on = ["db", "api.v2"]',
      "auto_start = false",
      'env = { A = "1", "odd name" = "a\\tb" }',
    ),
  );
});

test.each([
  ["plain", '"plain"'],
  ['say "hi"', "'say \"hi\"'"],
  ["C:\\x", "'C:\\x'"],
  ['it\'s "it"', '"it\'s \\"it\\""'],
  ['"two\nlines"', '"\\"two\\nlines\\""'],
  ['"\u007f"', '"\\"\\u007f\\""'],
])("writes the command %j as %s", (command, written) => {
  expect(addTask("", "new", { command })).toBe(`[tasks.new]\ncommand = ${written}\n`);
});

const other = lines("[tasks.b]", 'command = "y"');

test.each([
  ["a block between others", `x = 1\n\n[tasks.a]\ncommand = "x"\n\n${other}`, `x = 1\n\n${other}`],
  ["the first block", `[tasks.a]\ncommand = "x"\n\n${other}`, other],
  ["the last block", `${other}\n[tasks.a]\ncommand = "x"\n`, other],
  [
    "the last block, without a final newline",
    `${other}\n[tasks.a]\ncommand = "x"`,
    other.trimEnd(),
  ],
  [
    "a block that touches the next one",
    `x = 1\n\n[tasks.a]\ncommand = "x"\n${other}`,
    `x = 1\n\n${other}`,
  ],
  [
    "a block with sub-tables, near and far",
    `[tasks.a]\ncommand = "x"\n\n# why\n[tasks.a.env]\nA = "1"\n\n${other}\n[tasks.a.hooks]\nafter_stop = "z"\n`,
    other,
  ],
  ["a block whose header is odd", `${other}\n  [ tasks . 'a' ] # it\n  command = "x"\n`, other],
  ["a line of [tasks]", '[tasks]\na = "x" # it\nb = "y"\n', '[tasks]\nb = "y"\n'],
  ["a quoted line of [tasks]", '[tasks]\n"\\u0061" = "x"\nb = "y"\n', '[tasks]\nb = "y"\n'],
  [
    "an inline table in [tasks]",
    '[tasks]\nb = "y"\na = { command = "x", env = { A = "1" } }\n',
    '[tasks]\nb = "y"\n',
  ],
  [
    "dotted keys in [tasks]",
    '[tasks]\na.command = "x"\nb = "y"\na.port = 1\n',
    '[tasks]\nb = "y"\n',
  ],
  ["dotted keys at the top", 'tasks.a.command = "x"\ntasks.b = "y"\n', 'tasks.b = "y"\n'],
  ["the only line of [tasks], which stays", '[tasks]\na = "x"\n', "[tasks]\n"],
  [
    "values over many lines",
    '[tasks.a]\ncommand = """\n[tasks.b]\n\n# no comment\n"""\ndepends_on = [\n  "b", # ]\n\n]\n\n' +
      other,
    other,
  ],
  ["an element of an inline table", 'tasks = { a = "x", b = "y" }\n', 'tasks = { b = "y" }\n'],
  ["its last element", 'tasks = { b = "y", a = { command = "x" } }\n', 'tasks = { b = "y" }\n'],
  ["its only element", 'tasks = { a = "x", }\n', "tasks = {  }\n"],
  [
    "dotted elements",
    'tasks = { a.command = "x", b = "y", a.port = 1 }\n',
    'tasks = { b = "y" }\n',
  ],
  [
    "an element with a line of its own",
    'tasks = {\n  b = "y", # the b\n  a = "x", # the a\n}\n',
    'tasks = {\n  b = "y", # the b\n}\n',
  ],
  [
    "an element after a comment",
    'tasks = {\n  b = "y", # the b\n  a = "x" }\n',
    'tasks = {\n  b = "y", # the b\n   }\n',
  ],
  ["a block in a CRLF file", 'x = 1\r\n\r\n[tasks.a]\r\ncommand = "x"\r\n', "x = 1\r\n"],
])("removes %s", (_, before, after) => {
  expect(removeTask(before, "a")).toBe(after);
  expect(Bun.TOML.parse(after)).toBeDefined();
});

test.each([
  ["the comment over a block", `${other}\n# the a\n# task\n[tasks.a]\ncommand = "x"\n`, other],
  [
    "the comment over a line",
    '[tasks]\n# the a\na = "x"\n# the b\nb = "y"\n',
    '[tasks]\n# the b\nb = "y"\n',
  ],
  [
    "what is commented out at a block's end",
    `[tasks.a]\ncommand = "x"\n# port = 1\n\n${other}`,
    other,
  ],
])("%s goes", (_, before, after) => {
  expect(removeTask(before, "a")).toBe(after);
});

test.each([
  [
    "a comment apart",
    `# all tasks\n\n[tasks.a]\ncommand = "x"\n\n# more\n\n${other}`,
    `# all tasks\n\n# more\n\n${other}`,
  ],
  [
    "the file's first comment",
    `# My project\n[tasks.a]\ncommand = "x"\n\n${other}`,
    `# My project\n\n${other}`,
  ],
  [
    "an editor's directive",
    `x = 1\n\n#:schema s.json\n[tasks.a]\ncommand = "x"\n`,
    "x = 1\n\n#:schema s.json\n",
  ],
  [
    "a comment that may be the block's above",
    `${other}# port = 1\n[tasks.a]\ncommand = "x"\n`,
    `${other}# port = 1\n`,
  ],
  [
    "a comment that may be the block's below",
    `[tasks.a]\ncommand = "x"\n# the b\n${other}`,
    `# the b\n${other}`,
  ],
  [
    "a comment below a line",
    '[tasks]\na = "x"\n# b = "y"\n\n[hooks]\n',
    '[tasks]\n# b = "y"\n\n[hooks]\n',
  ],
  [
    "a task whose name begins alike",
    `[tasks.ab]\ncommand = "a"\n\n[tasks."a.b"]\ncommand = "a"\n`,
    null,
  ],
  ["a table elsewhere of that name", `[env]\na = "tasks.a"\n`, null],
])("%s stays", (_, before, after) => {
  expect(removeTask(before, "a")).toBe(after ?? before);
});

// --- properties: files as people write them, in many layouts ---------------------------------------------

/** Lines that belong to one task, or (null) to none. */
interface Chunk {
  owner: string | null;
  text: string;
}

interface File {
  text: string;
  chunks: Chunk[];
  names: string[];
}

const NAMES = ["web", "a.b", "9", "__proto__", "api-2", "command", "tasks"];

const key = (name: string, quote: string): string =>
  /^[\w-]+$/.test(name) && quote === "" ? name : `${quote || '"'}${name}${quote || '"'}`;

const value = fc.constantFrom(
  '"sleep 1"',
  "'a \"b\" # c'",
  '"""\n[tasks.web]\n\n# no comment\nx = "1"\n\\"""" # it',
  "'''\n[[x]]\n'''''",
  "'''\n[[x]] # ''''",
  '"\\u0041 ] } , = \\" #"',
);
const quote = fc.constantFrom("", '"', "'");
const comment = fc.constantFrom("# why", "# [tasks.web]", "# it's \"so", "#");

const field = fc.oneof(
  fc.constantFrom("port = 3000", "auto_start = false", "depends_on = [\n  'x', # ]\n\n  \"y\" ]"),
  comment,
);

/** A task in one statement, or in a few dotted ones, below `prefix`. */
const inSection = (name: string, prefix: string) =>
  fc.tuple(fc.nat(2), quote, value, fc.option(comment, { nil: null })).map(([form, q, v, note]) => {
    const id = `${prefix}${key(name, q)}`;
    const one = v.split(" # it")[0];
    const bodies = [
      `${id} = ${v}`,
      `${id} = { command = ${one}, env = { "x y" = '}' } } # inline`,
      `${id}.command = ${v}\n\n${id} . port = 1`,
    ];
    return { owner: name, text: (note === null ? "" : `${note}\n`) + bodies[form] };
  });

const asBlock = (name: string) =>
  fc
    .tuple(quote, value, fc.array(field, { maxLength: 3 }), fc.boolean(), fc.option(comment))
    .map(([q, v, fields, hasTables, note]) => {
      const id = key(name, q);
      const tables = `\n\n# sub\n[tasks.${id}.env]\nA = '1'\n[ tasks . ${id} . hooks ]\nafter_stop = "x"`;
      const unique = fields.filter((one, at) => one.startsWith("#") || fields.indexOf(one) === at);
      const body = [`[tasks.${id}] # it`, `command = ${v}`, ...unique].join("\n");
      const end = hasTables ? tables : "\nhealth_check = 'x'";
      return { owner: name, text: `\n${note === null ? "" : `${note}\n`}${body}${end}\n` };
    });

const kept = fc
  .constantFrom("# keep 1", "# keep 2\n# web = 'x'", "#")
  .map((text): Chunk => ({ owner: null, text: `\n${text}\n` }));

const endings = fc.record({
  newline: fc.constantFrom("\n", "\r\n"),
  end: fc.constantFrom("", "\n", "\n\n", "\n  \n\n", "\n\t"),
});

/** Inline tasks with one element each. */
const inlineFile = (names: string[]) =>
  fc.tuple(...names.map((name) => inSection(name, ""))).map((parts): Chunk[] => {
    const elements = parts.map(({ owner }) => `${key(owner, "'")} = { command = "x", port = 1 }`);
    return [{ owner: null, text: `tasks = { ${elements.join(", ")} } # all` }];
  });

const file: fc.Arbitrary<File> = fc
  .tuple(
    fc.subarray(NAMES),
    fc.subarray(NAMES),
    fc.constantFrom("[tasks]", "dotted", "inline"),
    fc.array(kept, { minLength: 8, maxLength: 8 }),
    fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
    endings,
  )
  .chain(([lined, all, style, comments, coins, { newline, end }]) => {
    const blocks = style === "inline" ? [] : all.filter((name) => !lined.includes(name));
    const section: fc.Arbitrary<Chunk[]> =
      style === "inline"
        ? inlineFile(lined)
        : fc.tuple(...lined.map((name) => inSection(name, style === "dotted" ? "tasks." : "")));
    const header = style === "[tasks]" ? [{ owner: null, text: "[tasks]" }] : [];
    return fc.tuple(section, fc.tuple(...blocks.map(asBlock))).map(([first, rest]): File => {
      const chunks: Chunk[] = [
        { owner: null, text: 'name = "demo" # it' },
        ...header,
        ...first.flatMap((chunk, at) => (coins[at] ? [chunk, comments[at % 8]!] : [chunk])),
        { owner: null, text: "\n[hooks]\nbefore_start = '''\n[tasks.web]'''" },
        ...rest.flatMap((chunk, at) => (coins[at + 8] ? [chunk, comments[at % 8]!] : [chunk])),
      ];
      const text = chunks.map((chunk) => chunk.text).join("\n") + end;
      const names = [...lined, ...blocks];
      return { text: text.replace(/\r?\n/g, newline), chunks, names };
    });
  });

const parsed = (text: string) => {
  const { tasks = {}, ...rest } = Bun.TOML.parse(text) as { tasks?: Record<string, unknown> };
  return { tasks, rest };
};

const newTask: fc.Arbitrary<NewTask> = fc.record(
  {
    command: fc.string({ unit: "binary", minLength: 1 }),
    cwd: fc.string({ minLength: 1 }),
    port: fc.integer({ min: 1, max: 65535 }),
    depends_on: fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { minLength: 1 }),
    auto_start: fc.constant(false),
    env: fc.dictionary(fc.string({ unit: "binary", minLength: 1 }), fc.string({ unit: "binary" })),
  },
  { requiredKeys: ["command"] },
);

const RUNS = { numRuns: 500 };

test("after add the file says what it said and the task; every other byte is as it was", () => {
  const names = fc.constantFrom("new", "x.y", "10", "constructor");
  fc.assert(
    fc.property(file, names, newTask, ({ text }, name, task) => {
      const after = addTask(text, name, task);
      const { tasks, rest } = parsed(after);
      expect(JSON.stringify(sorted(tasks[name]))).toBe(JSON.stringify(sorted(task)));
      delete tasks[name];
      expect(JSON.stringify({ tasks, rest })).toBe(JSON.stringify(parsed(text)));
      const start = commonStart(text, after);
      expect(after.endsWith(text.slice(start))).toBe(true);
    }),
    RUNS,
  );
});

test("add, then remove gives the file back, byte for byte", () => {
  fc.assert(
    fc.property(file, newTask, ({ text }, task) => {
      expect(removeTask(addTask(text, "new", task), "new")).toBe(text);
    }),
    RUNS,
  );
});

test("after remove the file says what it said less the task, and all lines of the others are there", () => {
  let removed = 0;
  fc.assert(
    fc.property(file, fc.nat(20), ({ text, chunks, names }, pick) => {
      const name = names[pick % Math.max(1, names.length)];
      if (name === undefined) return;
      removed++;
      const after = removeTask(text, name);
      const { tasks, rest } = parsed(text);
      delete tasks[name];
      expect(JSON.stringify(parsed(after))).toBe(JSON.stringify({ tasks, rest }));
      if (!chunks.some(({ owner }) => owner === name)) return;
      const others = chunks.filter(({ owner }) => owner !== name);
      expect(written(after)).toEqual(others.flatMap((chunk) => written(chunk.text)));
    }),
    RUNS,
  );
  expect(removed).toBeGreaterThan(100);
});

const written = (text: string): string[] =>
  text.split(/\r?\n/).filter((line) => line.trim() !== "");

const sorted = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([k, v]) => [k, sorted(v)])
    : value;

function commonStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
