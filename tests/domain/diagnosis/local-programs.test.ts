import { expect, test } from "bun:test";
import { localPrograms } from "../../../src/domain/diagnosis/local-programs.ts";

const placesOf = (...names: string[]) =>
  names.flatMap((name) => [`.venv/bin/${name}`, `venv/bin/${name}`, `node_modules/.bin/${name}`]);

test.each([
  ["uvicorn app:app --reload", placesOf("uvicorn")],
  ["exec uvicorn app:app", placesOf("uvicorn")],
  ["DEBUG=1 vite", placesOf("vite")],
  ["cd web && vite | tee log; vite", placesOf("cd", "vite", "tee")],
  ["./run.sh", []],
  ["$TOOL x", []],
  ["..", []],
  ["", []],
])("the programs of %j may be at %j", (command, paths) => {
  expect(localPrograms(command)).toEqual(paths);
});
