#!/usr/bin/env node
// Runs the taskmux of this platform, which is a package of its own next to this one. It runs under Node 18 or newer and Bun.
"use strict";

const { spawn } = require("node:child_process");
const { readFileSync, readdirSync } = require("node:fs");
const { constants } = require("node:os");

/** What the packages are called after `@taskmux/`, the likeliest first; npm may have installed both of Linux's. */
function candidates() {
  const target = `${process.platform}-${process.arch}`;
  if (process.platform !== "linux") return [target];
  return isMusl() ? [`${target}-musl`, target] : [target, `${target}-musl`];
}

/** By what `ldd` is: a script that names its libc, or, with musl, the loader itself. */
function isMusl() {
  try {
    const text = readFileSync("/usr/bin/ldd", "latin1");
    return text.includes("musl") && !text.includes("GNU C Library");
  } catch {
    return entries("/lib").some((name) => name.startsWith("ld-musl-"));
  }
}

function entries(directory) {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function findBinary() {
  for (const name of candidates()) {
    try {
      return require.resolve(`@taskmux/${name}/bin/taskmux`);
    } catch {}
  }
  return null;
}

function refuse() {
  const { optionalDependencies: known } = require("../package.json");
  const [name] = candidates();
  const lines = known[`@taskmux/${name}`]
    ? [
        `taskmux: its package for this platform, @taskmux/${name}, is not installed.`,
        "Install taskmux again, with optional dependencies: not --no-optional, --omit=optional or another machine's node_modules.",
      ]
    : [
        `taskmux: there is none for ${process.platform} on ${process.arch}. It runs on Linux and macOS (on Windows: in WSL), x64 and arm64.`,
      ];
  console.error(lines.join("\n"));
  process.exit(1);
}

function run(binary) {
  // Before it starts: a signal that comes from now on is heard when this function has returned.
  const pass = (signal) => () => child.kill(signal);
  // C-c reaches all that is in the foreground of a terminal: passed on, it would come twice.
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on("SIGINT", atTerminal ? () => {} : pass("SIGINT"));
  process.on("SIGTERM", pass("SIGTERM"));
  process.on("SIGHUP", pass("SIGHUP"));
  const child = spawn(binary, process.argv.slice(2), { stdio: "inherit" });
  child.on("error", (error) => {
    console.error(`taskmux: ${binary} can't be run: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // Bun continues to catch a signal that it once has.
    process.exit(128 + constants.signals[signal]);
  });
}

const binary = findBinary();
if (binary === null) refuse();
else run(binary);
