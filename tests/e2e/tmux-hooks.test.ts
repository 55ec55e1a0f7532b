import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

// What users have in tmux.conf: each of these takes a mark, a pipe or a session that is addressed by its place.
const CONFIGS: [name: string, lines: string[]][] = [
  ["a hook that splits each new window", ["set-hook -g after-new-window 'split-window -h'"]],
  [
    "a hook that splits it and goes back",
    ["set-hook -g after-new-window 'split-window -d ; select-pane -t :.0'"],
  ],
  ["a hook that opens a window more", ["set-hook -g after-new-window 'new-window -n more'"]],
  ["a hook that splits a new session's window", ["set-hook -g after-new-session 'split-window'"]],
  ["a hook that opens windows in it", ["set-hook -g session-created 'new-window -n more'"]],
  ["a hook that opens windows at once", ["set-hook -g after-new-session 'new-window -n more'"]],
  [
    "a hook that ends sessions without a client",
    ["set-hook -g session-created 'set-option destroy-unattached on'"],
  ],
  ["destroy-unattached for all", ["set -g destroy-unattached on"]],
  ["a hook that renames it", ["set-hook -g after-new-session 'rename-session renamed'"]],
  [
    "a hook that renames windows",
    ["set-hook -g after-new-window 'rename-window renamed'", "set -g automatic-rename on"],
  ],
  ["a hook that pipes each pane", ["set-hook -g after-new-window \"pipe-pane 'cat >/dev/null'\""]],
  [
    "a hook that keeps dead panes",
    ["set-hook -g after-new-window 'set-option -p remain-on-exit on'", "set -g remain-on-exit on"],
  ],
  ["a hook that takes its time", ["set-hook -g after-new-window 'run-shell \"sleep 0.1\"'"]],
  ["a hook that moves each new window", ["set-hook -g after-new-window 'move-window -t :90'"]],
  [
    "a default command, titles, other numbers",
    [
      "set -g default-command 'exec cat'",
      "set -g default-shell /bin/false",
      "set -g set-titles on",
      "set -g base-index 1",
      "setw -g pane-base-index 1",
      "set -g renumber-windows on",
    ],
  ],
];

const log = (world: World, task: string) =>
  readFileSync(join(world.home, `.taskmux/logs/demo/${task}.log`), "utf8");

test.each(CONFIGS)("%s: each task has its own pane, log and end", async (_name, lines) => {
  await using world = createWorld();
  writeFileSync(join(world.home, ".tmux.conf"), `${lines.join("\n")}\n`);
  const tasks = ["a", "b", "c"];
  const command = (task: string) => `${task} = "echo I am ${task}; exec sleep 1000"`;
  world.writeConfig(['name = "demo"', "[tasks]", ...tasks.map(command), ""].join("\n"));
  expect((await ask(world, "start")).result).toMatchObject({ ok: true, tasks });
  const marked = await world.tmux("list-panes", "-s", "-t", "=demo:", "-F", MARKS);
  const own = marked.split("\n").filter((row) => row.startsWith("task "));
  // The mark, the pipe, and the launcher itself are in one and the same pane.
  for (const task of tasks) {
    const rows = own.filter((row) => row.startsWith(`task ${task} `));
    expect(rows).toEqual([expect.stringMatching(new RegExp(`^task ${task} 1 .*tasks/${task}\\b`))]);
    await eventually(() => log(world, task).includes(` I am ${task}\n`));
    expect(log(world, task)).toContain("started pid");
  }
  expect(own.length).toBe(tasks.length);
  expect((await ask(world, "restart b")).result).toMatchObject({ ok: true });
  await eventually(() => log(world, "b").split("I am b\n").length === 3);
  expect((await ask(world, "stop")).result.tasks.toSorted()).toEqual(tasks);
  expect(await statusOf(world, "a")).toMatchObject({ state: "stopped", running: false });
});

const MARKS = "#{?@taskmux_task,task,user} #{@taskmux_task} #{pane_pipe} #{pane_start_command}";
