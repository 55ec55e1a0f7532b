import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { agentBlock, AGENTS, withBlock } from "../../../src/domain/init/agent-block.ts";
import { SKILL } from "../../../src/domain/init/skill.ts";
import { TOOLS } from "../../../src/domain/mcp/tools.ts";
import { findCommand, globalArgs } from "../../../src/cli/command-table.ts";

const BLOCK = "<!-- taskmux:begin x -->\nnew\n<!-- taskmux:end -->";
const OLD = "<!-- taskmux:begin (of an older version) -->\nold\nlines\n<!-- taskmux:end -->";
const crlf = (text: string) => text.replaceAll("\n", "\r\n");

test.each<[what: string, before: string | null, after: string]>([
  ["no file", null, `${BLOCK}\n`],
  ["an empty file", "", `${BLOCK}\n`],
  ["a file", "# Notes\n", `# Notes\n\n${BLOCK}\n`],
  ["a file that ends with an empty line", "# Notes\n\n", `# Notes\n\n${BLOCK}\n`],
  ["a file without a last line feed", "# Notes", `# Notes\n\n${BLOCK}\n`],
  ["a file of a line feed", "\n", `\n${BLOCK}\n`],
  ["an older block", `a\n${OLD}\nb\n`, `a\n${BLOCK}\nb\n`],
  ["an older block at the end", `a\n${OLD}`, `a\n${BLOCK}`],
  ["an older block alone", `${OLD}\n`, `${BLOCK}\n`],
  ["a file with CRLF", "# Notes\r\n", `# Notes\r\n\r\n${crlf(BLOCK)}\r\n`],
  ["an older block with CRLF", crlf(`a\n${OLD}\nb\n`), crlf(`a\n${BLOCK}\nb\n`)],
  [
    "a begin without an end",
    "a\n<!-- taskmux:begin -->\nmine\n",
    `a\n<!-- taskmux:begin -->\nmine\n\n${BLOCK}\n`,
  ],
  [
    "an end without a begin",
    "<!-- taskmux:end -->\nmine\n",
    `<!-- taskmux:end -->\nmine\n\n${BLOCK}\n`,
  ],
  [
    "a begin, and an end in a line of text",
    "<!-- taskmux:begin -->\nmine <!-- taskmux:end -->\n",
    `<!-- taskmux:begin -->\nmine <!-- taskmux:end -->\n\n${BLOCK}\n`,
  ],
  [
    "a stray begin before a block",
    `<!-- taskmux:begin -->\nmine\n${OLD}\n`,
    `<!-- taskmux:begin -->\nmine\n${BLOCK}\n`,
  ],
  [
    "a text that speaks of the marks",
    "see `<!-- taskmux:begin -->`\nand `<!-- taskmux:end -->`\n",
    `see \`<!-- taskmux:begin -->\`\nand \`<!-- taskmux:end -->\`\n\n${BLOCK}\n`,
  ],
])("%s gets the block, and keeps all else", (_, before, after) => {
  expect(withBlock(before, BLOCK)).toBe(after);
});

/** Texts in which marks, line ends and blocks turn up everywhere. */
const piece = fc.constantFrom(
  "<!-- taskmux:begin -->",
  "<!-- taskmux:end -->",
  "\n",
  "\r\n",
  "\r",
  " ",
  "mine",
  `\n${OLD}\n`,
  "\xef\xbb\xbf",
);
const anyText = fc.oneof(
  fc.string(),
  fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
);

test("twice is the same as once, whatever the file holds", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const block = agentBlock(true);
      const once = withBlock(text, block);
      expect(withBlock(once, block)).toBe(once);
    }),
    { numRuns: 1000 },
  );
});

test("all that stands before and after an older block stays", () => {
  const plain = fc.array(fc.constantFrom("mine", "\n", "\r\n", " ", "\xff"), { maxLength: 8 });
  fc.assert(
    fc.property(plain, plain, fc.constantFrom("\n", "\r\n"), (before, after, lineEnd) => {
      const [head, tail] = [`${before.join("")}${lineEnd}`, `${lineEnd}${after.join("")}`];
      const written = withBlock(head + OLD + tail, BLOCK);
      expect(written.startsWith(head)).toBe(true);
      expect(written.endsWith(tail)).toBe(true);
      const between = written.slice(head.length, written.length - tail.length);
      expect(between.replaceAll("\r\n", "\n")).toBe(BLOCK);
    }),
  );
});

test("without a block, the file is what the new one begins with", () => {
  const plain = fc.array(fc.constantFrom("mine", "\n", "\r\n", "\xff", "<!--"), { maxLength: 8 });
  fc.assert(
    fc.property(plain, (parts) => {
      const text = parts.join("");
      expect(withBlock(text, BLOCK).startsWith(text)).toBe(true);
    }),
  );
});

/** The command lines in a text. */
const commandLines = (text: string): string[] =>
  [...text.matchAll(/`(?:[A-Z_]+=\S+ )?taskmux ([^`]+)`/g)].map(([, line = ""]) => line);

/** Commands and flags that don't exist. */
const unknownIn = (text: string): string[] =>
  commandLines(text).flatMap((line) => {
    const [name = "", ...words] = line.split(" -- ")[0]!.split(/[ [\]]+/);
    const command = findCommand(name);
    if (command === undefined) return [name];
    const flags = { ...globalArgs, ...command.args };
    const known = Object.entries(flags).flatMap(
      ([flag, { alias = "" }]: [string, { alias?: string }]) => [`--${flag}`, `-${alias}`],
    );
    return words.filter((word) => word.startsWith("-") && !known.includes(word));
  });

test.each([
  ["block", agentBlock(false), 18],
  ["block with tools", agentBlock(true), 18],
  ["skill", SKILL, 40],
])("the %s is ASCII, short, and names only commands and flags that there are", (_, text, lines) => {
  expect(text).toMatch(/^[\n\x20-\x7e]+$/);
  expect(text.split("\n").length).toBeLessThan(lines);
  expect(commandLines(text).length).toBeGreaterThan(5);
  expect(unknownIn(text)).toEqual([]);
});

test("the skill has at most 650 tokens, and the block names the tools where they are registered", () => {
  expect(SKILL.length / 4).toBeLessThan(650);
  expect(SKILL).toMatch(/^---\nname: taskmux\ndescription: .{50,1000}\n---\n/);
  expect(agentBlock(false)).not.toContain("MCP");
  for (const { name } of TOOLS) expect(agentBlock(true)).toMatch(new RegExp(`MCP tools.*${name}`));
});

test("the files are those that the agents read", () => {
  expect(Object.fromEntries(AGENTS.map(({ agent, file }) => [agent, file]))).toEqual({
    claude: "CLAUDE.md",
    codex: "AGENTS.md",
    opencode: "AGENTS.md",
    "cursor-agent": "AGENTS.md",
    gemini: "GEMINI.md",
  });
});
