import { expect, test } from "bun:test";
import { configOf } from "../../../src/adapters/config/edit-file.ts";
import { type ConfigFile, editConfig } from "../../../src/app/commands/edit-config.ts";
import type { Project } from "../../../src/domain/config/config.ts";

const PROJECT = { configPath: "/p/taskmux.toml" } as Project;

/** A file in memory; `onReplace` runs just before each try to replace it, as another's save would. */
function fileWith(text: string, onReplace: (file: { text: string }) => void = () => {}) {
  const state = { text };
  const file: ConfigFile = {
    hold: (act) => act(),
    load: async () => {
      const config = await configOf(state.text);
      if (Array.isArray(config)) throw new Error("the file of the test is wrong");
      return { text: state.text, config };
    },
    check: configOf,
    replace: (_, before, after) => {
      onReplace(state);
      if (state.text !== before) return false;
      state.text = after;
      return true;
    },
  };
  return { file, state };
}

const addA = ({ text }: { text: string }) => `${text}[tasks.a]\ncommand = "x"\n`;

test("what an editor saves at the same moment stays, and the edit is made on it", async () => {
  let saves = 0;
  const { file, state } = fileWith('name = "old"\n', (found) => {
    if (saves++ === 0) found.text = 'name = "new"\n';
  });
  expect(await editConfig({ project: PROJECT }, file, "a", addA)).toMatchObject({
    name: "new",
    tasks: [],
  });
  expect(state.text).toBe('name = "new"\n[tasks.a]\ncommand = "x"\n');
});

test("a file that never rests is left alone", async () => {
  let saves = 0;
  const { file, state } = fileWith("", (found) => (found.text = `# save ${++saves}\n`));
  const failure = await editConfig({ project: PROJECT }, file, "a", addA);
  expect(failure).toMatchObject({
    code: "E106",
    message: expect.stringContaining("another program keeps changing it"),
  });
  expect(state.text).toBe(`# save ${saves}\n`);
});

test("an edit that would change another task is a bug, and nothing is written", async () => {
  const { file, state } = fileWith('[tasks]\nb = "y"\n');
  const edit = editConfig({ project: PROJECT }, file, "a", () => '[tasks]\na = "x"\n');
  expect(edit).rejects.toThrow("went wrong");
  await edit.catch(() => {});
  expect(state.text).toBe('[tasks]\nb = "y"\n');
});

test("all that an edit would break is reported, without places in a text that nobody sees", async () => {
  const { file } = fileWith("");
  const broken = () => '[tasks.a]\ncommand = "x"\nport = 0\ndepends_on = ["b"]\n';
  expect(await editConfig({ project: PROJECT }, file, "a", broken)).toMatchObject({
    code: "E104",
    message: expect.stringMatching(/^tasks\.a\.port .* \(and 1 more\)$/),
    problems: [
      { code: "E104", line: null },
      { code: "E210", line: null },
    ],
  });
});
