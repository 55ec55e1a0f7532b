import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installKeeper } from "../../../src/adapters/launch/keeper.ts";
import { keptBy } from "../../../src/adapters/launch/keeper-line.ts";
import { launchFields } from "../../../src/adapters/launch/launch-fields.ts";
import { makeFifo } from "../../../src/adapters/system/libc.ts";
import {
  type Launch,
  unsetScript,
  launchScript,
  takeTerminalScript,
} from "../../../src/adapters/launch/script.ts";
import { markText, noteText } from "../../../src/domain/logs/marks.ts";
import { directoryWith } from "../../helpers/directory.ts";
import { eventually } from "../../helpers/eventually.ts";
import { signal } from "../../helpers/processes.ts";
import { posixShells } from "../../helpers/shells.ts";
import { spawnOnTerminal } from "../../helpers/terminal.ts";

const source = join(import.meta.dirname, "../../../src/adapters/launch/launcher.sh");
const main = join(import.meta.dirname, "../../../src/main.ts");
const { PATH = "" } = process.env;

const TASK = "tasks/web";

interface Launched {
  /** The command line of the launcher for this task's directory. */
  argv: (directory: string) => string[];
  /** The file that describes the launch. */
  describe: (launch: Launch, directory: string) => string;
}

const byScript = (argv: Launched["argv"]): Launched => ({
  argv,
  describe: (launch, path) => launchScript(launch, path, "key", join(path, "forget")),
});

/** The command line of a launcher with this shell for `/bin/sh`; `processes`: the directory `/proc`. */
const shellLauncher =
  (shell: string, processes: string): Launched["argv"] =>
  (directory) => {
    const launcher = join(directory, "launcher.sh");
    const script = readFileSync(source, "utf8");
    writeFileSync(launcher, script.replaceAll("/bin/sh ", `${shell} `));
    return [...shell.split(" "), launcher, directory, processes, "go"];
  };

/** Runs `command` as one launch of the launcher, on a terminal of its own; what the terminal and the record got. */
async function launched(
  { argv, describe: text }: Launched,
  command: string,
  changes: Partial<Launch> = {},
  times = 1,
) {
  using directory = directoryWith({
    [`${TASK}/forget`]: unsetScript([]),
    "news/.keep": "",
    "take-terminal.sh": takeTerminalScript([process.execPath, main]),
    // A script without `#!`.
    "shell.sh": 'echo "shell $1: $2"',
  });
  chmodSync(join(directory.path, "shell.sh"), 0o755);
  const path = join(directory.path, TASK);
  makeFifo(join(path, "go"));
  const launch = {
    run: "s.1.2",
    command,
    shell: "/bin/sh",
    cwd: directory.path,
    umask: 0o022,
    environment: { PATH },
    ...changes,
  };
  await Bun.write(join(path, "launch"), text(launch, path));
  const terminal = spawnOnTerminal(argv(path), { cwd: path, env: { PATH, STALE: "1", TMUX: "t" } });
  try {
    const record = () => readFileSync(join(path, "record"), "utf8");
    const ends = () => terminal.seen().match(/(?:exited|ended by)[^]*?;end\u001b\\/g)?.length ?? 0;
    for (let done = 1; done <= times; done++) {
      await eventually(() => sendTo(join(path, "go"), "launch s.1.2 key\n"));
      await eventually(() => record().match(/^exit /gm)?.length === done && ends() === done);
    }
    const isNotified = existsSync(join(directory.path, "news/web"));
    return { seen: terminal.seen(), record: record(), isNotified };
  } finally {
    signal(terminal.pid, "SIGKILL");
    await terminal.ended();
  }
}

/** Writes into a FIFO; throws where nobody reads it, instead of waiting in the kernel for a launcher that has ended. */
function sendTo(path: string, text: string): boolean {
  const fifo = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    return writeSync(fifo, text) > 0;
  } finally {
    closeSync(fifo);
  }
}

/** Without the marks for the log hub, and what stands between those that mute it. */
const logged = (seen: string): string =>
  seen
    .replaceAll(/\u001b\]7776;key;note[^\u001b]*\u001b\\[^]*?\u001b\]7776;key;end\u001b\\/g, "")
    .replaceAll(/\u001b\]7776;[^\u001b]*\u001b\\/g, "");

const isLinux = process.platform === "linux";

/** In a container one /proc may lie upon another. */
const UNMOUNT = 'umount -l /proc && while umount -l /proc 2>/dev/null; do :; done; exec "$@"';
/** Runs a command without /proc. */
const WITHOUT_PROC = ["unshare", "-m", "sh", "-c", UNMOUNT, "sh"];
/** An ordinary user can't, nor can root in a chroot. */
const hidesProc =
  isLinux &&
  Bun.which("unshare") !== null &&
  Bun.spawnSync([...WITHOUT_PROC, "test", "!", "-e", "/proc/self"]).success;

describe.each(posixShells)("run by %s", (shell) => {
  const start = "[A-Z][a-z]{2}_[A-Z][a-z]{2}_\\d+_[\\d:]{8}_\\d{4}";

  test("a launcher that reports a missing /proc writes nothing of its own into the log", async () => {
    const argv = shellLauncher(shell, "/nowhere");
    const { seen, record } = await launched(byScript(argv), "echo said $$");
    expect(logged(seen)).toMatch(/^said \d+\r\n$/);
    const pid = /\d+/.exec(logged(seen))?.[0];
    expect(record).toMatch(
      new RegExp(`^start s\\.1\\.2 ${pid} ${start} \\d+ ${start}  \nexit s\\.1\\.2 0 exit\n$`),
    );
  });

  test.skipIf(!hidesProc)(
    "nor does one that finds no /proc though it was told of one",
    async () => {
      const argv = (path: string) => WITHOUT_PROC.concat(shellLauncher(shell, "/proc")(path));
      const { seen, record } = await launched(byScript(argv), "echo said");
      expect(logged(seen)).toBe("said\r\n");
      expect(record).toMatch(/^start s\.1\.2 \d+ {2}\d+ {3}\nexit s\.1\.2 0 exit\n$/);
    },
  );
});

const keeper = mkdtempSync(join(tmpdir(), "taskmux-keeper-"));
afterAll(() => rmSync(keeper, { recursive: true }));
const installed = installKeeper(keeper);

const LAUNCHERS: [string, Launched][] = posixShells.map((shell) => [
  shell,
  byScript(shellLauncher(shell, "/proc")),
]);
if (installed !== null)
  LAUNCHERS.push([
    "the keeper",
    {
      argv: (path) => keptBy(installed, ["launcher", source, path, "go"]),
      describe: (launch) => launchFields(launch, "key"),
    },
  ]);

describe.each(LAUNCHERS)("a launcher run by %s", (name, how) => {
  test.each([
    ["exit 12", "12 exit"],
    ["exit 130", "130 exit"],
    ["exit 137", "137 exit"],
    ["kill -KILL $$", "9 signal"],
    ["kill -TERM $$", "15 signal"],
    ["kill -PIPE $$", "13 signal"],
  ])("%s is put on record as %s", async (command, end) => {
    const { record, isNotified } = await launched(how, command);
    expect(record).toEndWith(`\nexit s.1.2 ${end}\n`);
    expect(isNotified).toBe(true);
  });

  test.skipIf(!isLinux)(
    "the record names command and launcher, by pid and start time",
    async () => {
      const command = "cat /proc/$$/stat /proc/$PPID/stat; read -r _ </proc/$$/stat";
      const { seen, record } = await launched(how, command);
      const [own, parent] = [...logged(seen).matchAll(/^(\d+) \(.*\) (.*)$/gm)].map(
        ([, pid, rest]) => ({
          pid,
          start: rest!.split(" ")[19],
        }),
      );
      expect(record).toStartWith(
        `start s.1.2 ${own!.pid} ${own!.start} ${parent!.pid} ${parent!.start} `,
      );
    },
  );

  test("a note for the window is as long as its mark says", async () => {
    const { seen } = await launched(how, "exit 12");
    const marks = [...seen.matchAll(/\u001b\]7776;key;note;(\d+)\u001b\\/g)];
    const notes = marks.map(({ index, 0: mark, 1: length }) =>
      seen.slice(index + mark.length, index + mark.length + Number(length)),
    );
    expect(notes).toEqual([
      expect.stringMatching(/^[^\n]*started pid \d+: exit 12[^]*;end\u001b\\$/),
      expect.stringContaining(noteText("[taskmux] exited with status 12", "key")),
    ]);
    for (const note of notes) expect(note.indexOf(";end\u001b\\")).toBe(note.length - 6);
    const kinds = [...seen.matchAll(/\u001b\]7776;key;(start|exit|note|end)/g)].map(
      ([, kind]) => kind,
    );
    expect(kinds).toEqual(["start", "note", "end", "exit", "note", "end"]);
    expect(seen).toContain(markText("exit;s.1.2;12;exit", "key"));
  });

  test("the command has its own directory, mode, limit and variables, and those of the pane", async () => {
    const environment = {
      PATH,
      "not-a-name": "x y",
      UID: "7",
      EMPTY: "",
      TERM: "own",
      Q: "it's $HOME",
    };
    const command = "pwd; umask; ulimit -n; env";
    const { seen } = await launched(how, command, {
      cwd: "/",
      umask: 0o027,
      fileLimit: 99,
      environment,
      shell: Bun.which("bash") ?? "/bin/bash",
    });
    const lines = logged(seen).split("\r\n");
    expect(lines.slice(0, 3)).toEqual(["/", "0027", "99"]);
    for (const [key, value] of Object.entries(environment))
      expect(lines).toContain(`${key}=${value}`);
    expect(lines).toContain("TMUX=t");
    if (name === "the keeper") expect(lines).not.toContain("STALE=1");
  });

  test.each([
    ["a directory that is gone", { cwd: "/nowhere" }, "[taskmux] cannot enter /nowhere", 126],
    ["a shell that is gone", { shell: "/no/shell" }, "/no/shell", 127],
    ["a shell that may not run", { shell: "/etc/passwd" }, "/etc/passwd", 126],
  ])("%s is said, and is a failure", async (_what, changes, sentence, status) => {
    const { seen, record } = await launched(how, "true", changes);
    expect(logged(seen)).toContain(sentence);
    expect(record).toEndWith(`\nexit s.1.2 ${status} exit\n`);
  });

  test("a shell may be a script without an interpreter's name", async () => {
    const { seen } = await launched(how, "said", { shell: "./shell.sh" });
    expect(logged(seen)).toContain("shell -c: said");
  });

  test("C-c is for the command, and the next one finds the terminal as the first did", async () => {
    const command = "stty -a; stty -echo -icanon -onlcr; kill -INT 0; exec sleep 1000";
    const { record, seen } = await launched(how, command, {}, 2);
    expect(record.match(/^exit .*$/gm)).toEqual(["exit s.1.2 2 signal", "exit s.1.2 2 signal"]);
    const modes = [...seen.matchAll(/speed[^\u001b]*/g)].map(([text]) => text.trim());
    expect(modes).toEqual([modes[0]!, modes[0]!]);
    expect(modes[0]).toMatch(/ icanon .* echo /s);
  });

  test.skipIf(Bun.which("perl") === null)(
    "a command that makes its terminal non-blocking does so neither for the launcher nor for the next one",
    async () => {
      const flags =
        'print fcntl(STDOUT, F_GETFL, 0) & O_NONBLOCK ? "waits never" : "waits", "\\n";';
      const command = `exec perl -MFcntl -e '${flags} fcntl(STDOUT, F_SETFL, O_RDWR | O_NONBLOCK)'`;
      const { seen } = await launched(how, command, {}, 2);
      expect(logged(seen)).toBe("waits\r\nwaits\r\n");
    },
  );

  test("what the command leaves in the foreground has the terminal no more", async () => {
    const command =
      'echo "foreground $(ps -o tpgid= -p $$)"; exec bash -i -c "set -m; kill -KILL $$"';
    const { seen } = await launched(how, command, { shell: Bun.which("bash") ?? "bash" }, 2);
    const groups = [...seen.matchAll(/foreground +(\d+)/g)].map(([, group]) => group);
    expect(groups.length).toBe(2);
    expect(groups[1]).toBe(groups[0]);
  });
});
