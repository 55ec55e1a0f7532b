import { expect, test } from "bun:test";
import { columnsOf } from "../../../src/domain/terminal/cells.ts";

const WIDTHS: [what: string, characters: string, columns: 0 | 1 | 2][] = [
  ["ASCII and Latin", "a~\u00e9\u017f", 1],
  ["halfwidth kana", "\uff71", 1],
  ["ambiguous characters", "\u00b1\u2460\u3248\u2500", 1],
  ["a regional indicator, half of a flag", "\u{1f1e6}\u{1f1ff}", 1],
  ["text emoji", "\u2764\u2600", 1],
  ["ideographs, kana, hangul", "\u597d\u3042\uac00\u{20000}", 2],
  ["fullwidth forms", "\uff21\uffe5\ufe10", 2],
  ["emoji", "\u{1f600}\u231a\u{1f237}", 2],
  ["angle brackets, trigrams, Tangut and Khitan", "\u2329\u2630\u{17000}\u{18b00}", 2],
  ["combining and format characters", "\u0301\u20dd\u200d\ufe0f", 0],
];

test.each(WIDTHS)("%s: %s take %d columns each", (_, characters, columns) => {
  for (const character of characters) expect(columnsOf(character.codePointAt(0)!)).toBe(columns);
});
