import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { LogText } from "../../src/domain/log-text.ts";
import { withoutColour } from "../../src/domain/log-line.ts";
import { eventually } from "../helpers/eventually.ts";
import { createWorld } from "../helpers/world.ts";

/** Text, and what a line editor or a progress bar does to it. Half a wide character is left to each terminal's taste. */
const piece = fc.constantFrom(
  ..."a|b|cd| |é|e\u0301|xyz|\t|\r|\b|\b\b|⠋|\x1b[31m|\x1b[0m".split("|"),
  ..."K 1K 2K 3C 2D 5G P 2P @ 2@ X 3X".split(" ").map((control) => `\x1b[${control}`),
);
const overwritten = fc
  .array(piece, { minLength: 1, maxLength: 14 })
  .map((pieces) => pieces.join(""));

function logged(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  const text = new LogText({
    line: (line, length) => void lines.push(new TextDecoder().decode(line.subarray(0, length))),
    mark: () => false,
  });
  text.push(bytes, bytes.length);
  return lines;
}

/** As a screen shows it: no colours, tabs as room, no blanks at the end. */
function onScreen(line: string): string {
  let shown = "";
  for (const character of withoutColour(line))
    shown += character === "\t" ? " ".repeat(8 - (Bun.stringWidth(shown) % 8)) : character;
  return shown.trimEnd();
}

test("a line in the log is the line that tmux shows", async () => {
  await using world = createWorld();
  const inputs = fc.sample(overwritten, 200);
  const bytes = Buffer.from(inputs.map((input) => `${input}\r\n`).join(""));
  await Bun.write(`${world.project}/input`, bytes);
  const command = `cat ${world.project}/input; echo the end; exec sleep 100`;
  await world.tmux("-f", "/dev/null", "new-session", "-d", "-x", "180", "-y", "210", command);
  const screen = await eventually(async () => {
    const lines = (await world.tmux("capture-pane", "-p"))
      .split("\n")
      .map((line) => line.trimEnd());
    return lines.includes("the end") && lines;
  });
  const shown = logged(bytes).map(onScreen);
  for (const [index, input] of inputs.entries())
    expect({ input, line: shown[index] }).toEqual({ input, line: screen[index] });
});
