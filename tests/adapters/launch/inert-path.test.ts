import { expect, test } from "bun:test";
import { inert } from "../../../src/adapters/launch/inert-path.ts";
import { posixShells } from "../../helpers/shells.ts";

const shells = ["sh", "bash", ...posixShells];

const PATHS = [
  "/home/me/.taskmux/run/demo/tasks/web.v1",
  "/a b/c",
  "/100%/%Y/%s/%%",
  "/'q\"",
  "/`x`$(x)${x}$x",
  "/back\\slash\\0101\\n",
  "/#{x}/#(x)/#[fg=red]/##",
  "/\u00e9\u{1f600}",
  "/two\nlines/x",
  "/~/*/?/[a]/{b,c}/!1/;/&/|/<>",
  "-n",
];

test.each(shells)("an inert path is one word, the same path again, to %s", (shell) => {
  for (const path of PATHS) {
    const script = `for word in ${inert(path)}; do printf '<%s>' "$word"; done`;
    const said = Bun.spawnSync([...shell.split(" "), "-c", script], {
      stdin: "ignore",
    }).stdout.toString();
    expect(said).toBe(`<${path}>`);
  }
});

test("an inert path holds nothing that tmux expands", () => {
  for (const path of PATHS) expect(inert(path)).not.toMatch(/[#%]|[^ -~]/);
});

test("a plain path stays as it is, to be read by people", () => {
  expect(inert(PATHS[0]!)).toBe(PATHS[0]!);
});
