import { describe, expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  firstLine,
  unsetScript,
  type Launch,
  launchScript,
} from "../../../src/adapters/launch/script.ts";
import { quote } from "../../../src/domain/values/shell-word.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { posixShells } from "../../helpers/shells.ts";

const shells = ["bash", ...posixShells];

const bash = Bun.which("bash") ?? Bun.which("sh") ?? "/bin/sh";

const WITH_PROC = `read -r stat </proc/self/stat; pid=\${stat%% *}; . "$0"`;

/** Runs a launch script as the launcher does: sourced, in a shell with this environment. */
function run(
  shell: string[],
  directory: string,
  changes: Partial<Launch>,
  { env = {}, program = WITH_PROC }: { env?: Record<string, string>; program?: string } = {},
) {
  const forget = join(directory, "forget");
  const launch: Launch = {
    run: "s.1.2",
    command: "cat /proc/$$/environ; :",
    shell: bash,
    cwd: directory,
    umask: 0o022,
    environment: {},
    ...changes,
  };
  writeFileSync(forget, unsetScript(Object.keys(env)));
  writeFileSync(join(directory, "launch"), launchScript(launch, directory, "key", forget));
  const argv = [...shell, "-c", program, join(directory, "launch"), directory];
  const { stdout, stderr, exitCode } = Bun.spawnSync(argv, {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdin: "ignore",
  });
  return { stdout: stdout.toString(), stderr: stderr.toString(), exitCode };
}

/** What stands in the output after our marks. */
const said = (stdout: string): string => stdout.slice(stdout.lastIndexOf("\u001b\\") + 2);

function environmentIn(stdout: string): Record<string, string> {
  const entries = said(stdout).split("\0").slice(0, -1);
  return Object.fromEntries(
    entries.map((entry) => [
      entry.slice(0, entry.indexOf("=")),
      entry.slice(entry.indexOf("=") + 1),
    ]),
  );
}

describe.skipIf(process.platform !== "linux").each(shells)("run by %s", (name) => {
  const shell = name.split(" ");

  test("the command gets its environment to the last byte, and nothing that is to be forgotten", () => {
    using directory = directoryWith({});
    const environment = {
      PATH: process.env["PATH"] ?? "",
      ODD: "line\nnext '\"`$(echo x) \\ \u00e9\u{1f600} %s\t;",
      EMPTY: "",
      BIG: "x'\n".repeat(30_000),
      "a.b": "dotted '",
      "npm//:x": "slashed",
      UID: "7",
      IFS: "x",
      PPID: "8",
    };
    const stale = { STALE: "1", "stale.dot": "2", ODD: "old" };
    // yash reads only text in the encoding of its locale.
    const env = { ...stale, LC_ALL: "C.UTF-8" };
    const { stdout } = run(shell, directory.path, { environment }, { env });
    const seen = environmentIn(stdout);
    expect(seen).toMatchObject(environment);
    expect(Object.keys(seen)).not.toContain("STALE");
    expect(Object.keys(seen)).not.toContain("stale.dot");
  });

  test("the command has the pid that is on record and in the mark", () => {
    using directory = directoryWith({});
    const { PATH = "" } = process.env;
    const { stdout } = run(shell, directory.path, { command: "echo $$", environment: { PATH } });
    const pid = said(stdout).trim();
    const record = readFileSync(join(directory.path, "record"), "utf8");
    expect(record).toMatch(new RegExp(`^start s\\.1\\.2 ${pid}( \\d+){5}\n$`));
    expect(stdout).toStartWith(`\u001b]7776;key;start;s.1.2;${pid}\u001b\\`);
  });

  test("where there is no /proc, ps tells when the command and its launcher started", () => {
    using directory = directoryWith({});
    const { PATH = "" } = process.env;
    const program = 'pid=$$ stat= D=$1; . "$0"';
    const { stdout } = run(
      shell,
      directory.path,
      { command: "echo $$", environment: { PATH } },
      {
        program,
      },
    );
    const record = readFileSync(join(directory.path, "record"), "utf8");
    const start = "[A-Z][a-z]{2}_[A-Z][a-z]{2}_\\d+_[\\d:]{8}_\\d{4}";
    const pid = said(stdout).trim();
    expect(record).toMatch(
      new RegExp(`^start s\\.1\\.2 ${pid} ${start} ${process.pid} ${start}  \n$`),
    );
  });

  test("the command's text, directory and umask arrive as they are", () => {
    using directory = directoryWith({ "a 'b\" $(x)/x": "" });
    const cwd = join(directory.path, "a 'b\" $(x)");
    const command = 'echo "it\'s \\$x" `echo two`; pwd; umask # end';
    const environment = { PATH: process.env["PATH"] ?? "" };
    const { stdout, stderr } = run(shell, directory.path, {
      command,
      cwd,
      umask: 0o27,
      environment,
    });
    expect({ said: said(stdout), stderr }).toEqual({
      said: `it's $x two\n${cwd}\n0027\n`,
      stderr: "",
    });
  });

  test("a directory that is gone by now ends the launch with 126 and says so", () => {
    using directory = directoryWith({});
    const cwd = join(directory.path, "gone");
    const { stderr, exitCode } = run(shell, directory.path, { cwd, command: "echo ran" });
    expect({ stderr, exitCode }).toEqual({
      stderr: `[taskmux] cannot enter ${cwd}\n`,
      exitCode: 126,
    });
  });

  test("the exit status is the command's", () => {
    using directory = directoryWith({});
    expect(run(shell, directory.path, { command: "exit 137" }).exitCode).toBe(137);
  });

  test("the command doesn't get taskmux's own variables and descriptors", () => {
    using directory = directoryWith({});
    const environment = { PATH: process.env["PATH"] ?? "" };
    const command = 'echo "$pid$stat$start$parent|$#"; test -e /proc/self/fd/5 && echo open';
    const { stdout } = run(shell, directory.path, { command, environment });
    expect(said(stdout)).toBe("|0\n");
  });
});

test("a shell script may be the shell", () => {
  using directory = directoryWith({ "own shell": '#!/bin/sh\necho "own: $1 $2"\n' });
  const shell = join(directory.path, "own shell");
  chmodSync(shell, 0o755);
  const environment = { PATH: process.env["PATH"] ?? "" };
  const { stdout } = run(["sh"], directory.path, { shell, command: "a b", environment });
  expect(said(stdout)).toBe("own: -c a b\n");
});

test.each([
  ["npm run dev", "npm run dev"],
  ["\n  one\ntwo", "one"],
  ["a\tb\u001b[31mc", "a bc"],
  ["x".repeat(300), `${"x".repeat(200)}\u2026`],
  ["", ""],
])("of the command %j people see %j", (command, shown) => {
  expect(firstLine(command)).toBe(shown);
});

test.each(["", "a b", "it's", "''", "$(x) `x` \\", "a\nb"])("%j is quoted as one word", (text) => {
  const { stdout } = Bun.spawnSync(["sh", "-c", `printf '<%s>' ${quote(text)}`]);
  expect(stdout.toString()).toBe(`<${text}>`);
});

test("what tmux sets for the pane is not forgotten", () => {
  expect(unsetScript(["TMUX", "TERM", "TMUX_PANE"])).not.toMatch(/unset|-u/);
  expect(unsetScript(["FOO"])).toContain("unset FOO");
});
