import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { agentBlock, agents, withBlock } from "../../src/domain/agent-block.ts";
import { findCommand } from "../../src/cli/commands.ts";

const block = "<!-- taskmux:begin x -->\nnew\n<!-- taskmux:end -->";
const old = "<!-- taskmux:begin (of an older version) -->\nold\nlines\n<!-- taskmux:end -->";
const crlf = (text: string) => text.replaceAll("\n", "\r\n");

test.each<[what: string, before: string | null, after: string]>([
  ["no file", null, `${block}\n`],
  ["an empty file", "", `${block}\n`],
  ["a file", "# Notes\n", `# Notes\n\n${block}\n`],
  ["a file that ends with an empty line", "# Notes\n\n", `# Notes\n\n${block}\n`],
  ["a file without a last line feed", "# Notes", `# Notes\n\n${block}\n`],
  ["a file of a line feed", "\n", `\n${block}\n`],
  ["an older block", `a\n${old}\nb\n`, `a\n${block}\nb\n`],
  ["an older block at the end", `a\n${old}`, `a\n${block}`],
  ["an older block alone", `${old}\n`, `${block}\n`],
  ["a file with CRLF", "# Notes\r\n", `# Notes\r\n\r\n${crlf(block)}\r\n`],
  ["an older block with CRLF", crlf(`a\n${old}\nb\n`), crlf(`a\n${block}\nb\n`)],
  [
    "a begin without an end",
    "a\n<!-- taskmux:begin -->\nmine\n",
    `a\n<!-- taskmux:begin -->\nmine\n\n${block}\n`,
  ],
  [
    "an end without a begin",
    "<!-- taskmux:end -->\nmine\n",
    `<!-- taskmux:end -->\nmine\n\n${block}\n`,
  ],
  [
    "a begin, and an end in a line of text",
    "<!-- taskmux:begin -->\nmine <!-- taskmux:end -->\n",
    `<!-- taskmux:begin -->\nmine <!-- taskmux:end -->\n\n${block}\n`,
  ],
  [
    "a stray begin before a block",
    `<!-- taskmux:begin -->\nmine\n${old}\n`,
    `<!-- taskmux:begin -->\nmine\n${block}\n`,
  ],
  [
    "a text that speaks of the marks",
    "see `<!-- taskmux:begin -->`\nand `<!-- taskmux:end -->`\n",
    `see \`<!-- taskmux:begin -->\`\nand \`<!-- taskmux:end -->\`\n\n${block}\n`,
  ],
])("%s gets the block, and keeps all else", (_, before, after) => {
  expect(withBlock(before, block)).toBe(after);
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
  `\n${old}\n`,
  "\xef\xbb\xbf",
);
const anyText = fc.oneof(
  fc.string(),
  fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
);

test("twice is the same as once, whatever the file holds", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const once = withBlock(text, agentBlock);
      expect(withBlock(once, agentBlock)).toBe(once);
    }),
    { numRuns: 1000 },
  );
});

test("all that stands before and after an older block stays", () => {
  const plain = fc.array(fc.constantFrom("mine", "\n", "\r\n", " ", "\xff"), { maxLength: 8 });
  fc.assert(
    fc.property(plain, plain, fc.constantFrom("\n", "\r\n"), (before, after, lineEnd) => {
      const [head, tail] = [`${before.join("")}${lineEnd}`, `${lineEnd}${after.join("")}`];
      const written = withBlock(head + old + tail, block);
      expect(written.startsWith(head)).toBe(true);
      expect(written.endsWith(tail)).toBe(true);
      const between = written.slice(head.length, written.length - tail.length);
      expect(between.replaceAll("\r\n", "\n")).toBe(block);
    }),
  );
});

test("without a block, the file is what the new one begins with", () => {
  const plain = fc.array(fc.constantFrom("mine", "\n", "\r\n", "\xff", "<!--"), { maxLength: 8 });
  fc.assert(
    fc.property(plain, (parts) => {
      const text = parts.join("");
      expect(withBlock(text, block).startsWith(text)).toBe(true);
    }),
  );
});

test("the block is ASCII, about 15 lines long, and names only commands that there are", () => {
  expect(agentBlock).toMatch(/^[\n\x20-\x7e]+$/);
  expect(agentBlock.split("\n").length).toBeLessThan(18);
  const named = [...agentBlock.matchAll(/`taskmux ([a-z-]+)/g)].map(([, name = ""]) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => findCommand(name) === undefined)).toEqual([]);
});

test("the files are those that the agents read", () => {
  expect(Object.fromEntries(agents.map(({ agent, file }) => [agent, file]))).toEqual({
    claude: "CLAUDE.md",
    codex: "AGENTS.md",
    opencode: "AGENTS.md",
    "cursor-agent": "AGENTS.md",
    gemini: "GEMINI.md",
  });
});
