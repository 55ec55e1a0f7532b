import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../helpers/binary.ts";
import {
  ignoredFailures,
  longFunctions,
  lowerCaseConstants,
  parseSource,
  privateKeywords,
} from "../helpers/source-rules.ts";

const isWritten = (path: string) => !path.includes(".generated.");
const paths = ["src", "tests", "scripts"].flatMap((directory) =>
  [...new Bun.Glob(`${directory}/**/*.ts`).scanSync({ cwd: root })].filter(isWritten),
);
const files = [...paths, "build.ts"].map((path) =>
  parseSource(path, readFileSync(join(root, path), "utf8")),
);
const sources = files.filter(({ fileName }) => fileName.startsWith("src/"));

test("private members are #names", () => {
  const planted = `class A {
    private a = 1; protected b() {} #c = 2; readonly d = 3;
    private constructor(private readonly e: number, readonly f: number) {}
  }`;
  expect(privateKeywords(parseSource("a.ts", planted)).map(nameIn)).toEqual([
    "private",
    "protected",
    "private",
  ]);
  expect(files.flatMap(privateKeywords)).toEqual([]);
});

const CONSTANTS: [code: string, isRefused: boolean][] = [
  ["const a = 1", true],
  ["export const a: string = 'x'", true],
  ["const a = -(1 << 4)", true],
  ["const a = /x/", true],
  ["const a = ['x', 2, null, true] as const", true],
  ["const a: Record<string, number> = { b: 1, ...B, C }", true],
  ["const a = new Set(['x'])", true],
  ["const a = `${B} x`", true],
  ["const a = B.length + 1", true],
  ["const A = 1, B_2 = [A]", false],
  ["const a = () => 1", false],
  ["const a = { b: () => 1 }", false],
  ["const a = Type.Object({ b: Type.String() })", false],
  ["const a = new Set<string>()", false],
  ["const a: string[] = []", false],
  ["const a = new Parser(1)", false],
  ["const a = b", false],
  ["let a = 1", false],
  ["function b() { const a = 1; return a; }", false],
];

test("constants of fixed data are in upper case", () => {
  const refused = CONSTANTS.map(([code]) => lowerCaseConstants(parseSource("a.ts", code)).length);
  expect(refused).toEqual(CONSTANTS.map(([, isRefused]) => (isRefused ? 1 : 0)));
  expect(files.flatMap(lowerCaseConstants)).toEqual([]);
});

test("no function is longer than 40 lines", () => {
  const lines = (count: number) => `function a() {${"\n".repeat(count - 1)}}`;
  const long = [40, 41].map((count) => longFunctions(parseSource("a.ts", lines(count)), 40).length);
  expect(long).toEqual([0, 1]);
  expect(sources.flatMap((file) => longFunctions(file, 40))).toEqual([]);
});

test("no file but the command table is longer than 300 lines", () => {
  const long = sources.filter(({ text }) => text.split("\n").length > 301);
  expect(long.map(({ fileName }) => fileName)).toEqual(["src/cli/command-table.ts"]);
});

const IGNORED: [statement: string, isRefused: boolean][] = [
  ["fails();", true],
  ["await failsLater();", true],
  ["void failsLater();", true],
  ["isReady && fails();", true],
  ["isReady ? fails() : done();", true],
  ["await Promise.all([failsLater()]);", true],
  ["await Promise.all([1, 2].map(() => failsLater()));", true],
  ["await generic(fails());", true],
  ["await later().catch(() => new Failure());", true],
  ["object.fails?.();", true],
  ["[1].forEach(() => fails());", true],
  ["done(later().then(() => failsLater()));", false],
  ["const act: () => void = () => void failsLater(); done(act);", true],
  ["const act: () => Failure | null = () => fails(); done(act);", false],
  ["done();", false],
  ["await later();", false],
  ["const failure = fails(); done(failure);", false],
  ["result = fails();", false],
  ["if (fails()) done();", false],
  ["await failsLater().then((failure) => done(failure));", false],
];

test("no Failure is ignored", () => {
  const planted = "/planted.ts";
  const head = `export {}; class Failure { code = 1; }
    declare function fails(): Failure | null; declare function failsLater(): Promise<Failure | number>;
    declare function generic<T>(value: T): Promise<T>; declare function later(): Promise<number>;
    declare function done(value?: unknown): void; declare const isReady: boolean;
    declare const object: { fails?(): Failure }; let result: unknown;`;
  const lines = IGNORED.map(([statement]) => `{ ${statement} }`);
  const program = sourceProgram({ [planted]: [...head.split("\n"), ...lines].join("\n") });

  const found = ignoredFailures(program, [program.getSourceFile(planted)!]);
  const refused = new Set(found.map((each) => Number(each.match(/:(\d+) /)![1])));
  const expected = IGNORED.flatMap(([, isRefused], index) =>
    isRefused ? [head.split("\n").length + index + 1] : [],
  );
  expect([...refused]).toEqual(expected);

  const own = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(`${root}/src/`));
  expect(own.length).toBeGreaterThan(200);
  expect(ignoredFailures(program, own)).toEqual([]);
});

/** The program's types, with `planted` files, text by path. */
function sourceProgram(planted: Record<string, string>): ts.Program {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const host = ts.createCompilerHost(options, true);
  const { readFile, fileExists } = host;
  host.readFile = (path) => planted[path] ?? readFile(path);
  host.fileExists = (path) => path in planted || fileExists(path);
  return ts.createProgram([join(root, "src/main.ts"), ...Object.keys(planted)], options, host);
}

/** The first word of what a violation shows. */
const nameIn = (violation: string) => violation.split(" ")[1]!;
