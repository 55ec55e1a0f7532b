import { expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import { commandOfWords } from "../../../src/domain/values/shell-word.ts";

test.each([
  [["npm", "run", "dev"], "npm run dev"],
  [["ls", "-l", "--color=auto"], "ls -l --color=auto"],
  [["echo", "a b", "$HOME", "it's", ""], "echo 'a b' '$HOME' 'it'\\''s' ''"],
  [["a=b", "c=d"], "'a=b' c=d"],
  [["time", "x"], "'time' x"],
  [["a;b", "&&", "c"], "'a;b' '&&' c"],
  [["x", "a\nb"], "x 'a\nb'"],
])("%j is the command %j", (words, command) => {
  expect(commandOfWords(words)).toBe(command);
});

test("a shell reads the words as they are", () => {
  const word = fc.string({
    unit: fc.constantFrom("a", " ", "'", '"', "$", "\\", "`", "*", "~", "=", "\n", "é", "-", "#"),
  });
  fc.assert(
    fc.property(fc.array(word, { maxLength: 4 }), (words) => {
      const line = commandOfWords(["printf", "<%s>", ...words]);
      const { stdout } = Bun.spawnSync(["sh", "-c", line]);
      expect(stdout.toString()).toBe(
        words.length === 0 ? "<>" : words.map((one) => `<${one}>`).join(""),
      );
    }),
    { numRuns: 25 },
  );
});
