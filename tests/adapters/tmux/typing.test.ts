import { expect, test } from "bun:test";
import { typeIn } from "../../../src/adapters/tmux/typing.ts";

test.each([
  [
    true,
    [],
    [
      leaveMode(
        "#{&&:#{==:#{pane_mode},copy-mode},#{||:#{m:3.[01],#{version}},#{m:3.[01][a-z],#{version}}}}",
      ),
      ["load-buffer", "-b", "b", "-"],
      ["paste-buffer", "-d", "-b", "b", "-t", "%3"],
    ],
  ],
  [false, ["C-c"], [leaveMode(), ["send-keys", "-t", "%3", "--", "C-c"]]],
  // tmux would take a `;` at the end of a word for the end of the command.
  [false, [";", "C-;", "-"], [leaveMode(), ["send-keys", "-t", "%3", "--", "\\;", "C-\\;", "-"]]],
])("typing: with a text: %p, keys %p", (hasText, keys, commands) => {
  expect(typeIn("%3", "b", hasText, keys)).toEqual(commands);
});

function leaveMode(when = "#{pane_in_mode}"): string[] {
  return ["if-shell", "-F", "-t", "%3", when, "send-keys -t %3 -X cancel"];
}
