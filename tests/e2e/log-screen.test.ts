import { expect, test } from "bun:test";
import { fc } from "../helpers/property.ts";
import { LogText } from "../../src/domain/terminal/text.ts";
import { withoutColour } from "../../src/domain/logs/line.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
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
    mark: () => "log",
    isNote: () => true,
  });
  text.push(bytes, bytes.length);
  text.flush();
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
  const command = `until [ -e go ]; do sleep 0.01; done; cat input; echo the end; exec sleep 100`;
  const open = ["new-session", "-d", "-x", "180", "-y", "210", "-c", world.project, command];
  await world.tmux("-f", "/dev/null", ...open);
  // tmux 3.2a opens a session at 80x23, whatever is asked for.
  await world.tmux("resize-window", "-x", "180", "-y", "210");
  const size = () => world.tmux("list-panes", "-F", "#{pane_width}x#{pane_height}");
  await eventuallyIs(size, (seen) => seen === "180x210");
  world.write("go", "");
  const screen = await eventually(async () => {
    const lines = (await world.tmux("capture-pane", "-p")).split("\n");
    return lines.map((line) => line.trimEnd()).includes("the end") && lines;
  });
  // From tmux 3.6 on a tab is captured as a tab; of one that was partly overwritten, as one for each column that is left.
  const tellsTabs = screen.some((line) => line.includes("\t"));
  const shown = logged(bytes).map(onScreen);
  for (const [index, input] of inputs.entries()) {
    if (tellsTabs && input.includes("\t")) continue;
    expect({ input, line: shown[index] }).toEqual({ input, line: screen[index]?.trimEnd() });
  }
});
