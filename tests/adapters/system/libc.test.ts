import { expect, test } from "bun:test";
import { cleanParts, mappedLibrary } from "../../../src/adapters/system/libc.ts";

const line = (path: string) =>
  `7fc35ca00000-7fc35ca26000 r--p 00000000 fe:00 326294                     ${path}\n`;

test.each([
  ["glibc", line("/usr/lib/x86_64-linux-gnu/libc.so.6"), "/usr/lib/x86_64-linux-gnu/libc.so.6"],
  [
    "glibc before 2.34",
    line("/lib/aarch64-linux-gnu/libc-2.31.so"),
    "/lib/aarch64-linux-gnu/libc-2.31.so",
  ],
  ["musl", line("/lib/ld-musl-x86_64.so.1"), "/lib/ld-musl-x86_64.so.1"],
  [
    "NixOS",
    line("/nix/store/abc-glibc-2.40/lib/libc.so.6"),
    "/nix/store/abc-glibc-2.40/lib/libc.so.6",
  ],
  ["one that was replaced while it runs", line("/lib/libc.so.6 (deleted)"), null],
  ["another library of that name's beginning", line("/lib/libc.so.6.debug"), null],
  ["no file", line("[heap]"), null],
  ["nothing", "", null],
])("the C library that a process runs on is found in its maps: %s", (_, maps, path) => {
  expect(mappedLibrary(line("/usr/lib/libm.so.6") + maps + line("[stack]"))).toBe(path);
});

test("only parts of the executable that are as in its file can be unmapped", () => {
  const part = (range: string, rights: string, path: string, anonymous: number) =>
    `${range} ${rights} 00000000 08:01 123                        ${path}\n` +
    `Size:                 16 kB\nAnonymous:           ${String(anonymous).padStart(5)} kB\nVmFlags: rd mr\n`;
  const smaps = [
    part("00400000-00401000", "r--p", "/opt/task mux", 0),
    part("00401000-00404000", "r-xp", "/opt/task mux", 0),
    part("00404000-00405000", "r--p", "/opt/task mux", 4),
    part("00405000-00406000", "rw-p", "/opt/task mux", 0),
    part("7f0000000000-7f0000001000", "r-xp", "/usr/lib/libc.so.6", 0),
    part("7f0000001000-7f0000002000", "r-xp", "", 0),
  ].join("");
  expect(cleanParts(smaps, "/opt/task mux")).toEqual([
    { start: 0x400000n, length: 0x1000n },
    { start: 0x401000n, length: 0x3000n },
  ]);
});
