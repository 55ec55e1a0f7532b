import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtBinary } from "../helpers/binary.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { said } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

interface Shell {
  name: string;
  /** Begins it without anyone's start-up files. */
  argv: string[];
  /** What its user writes into them. */
  setup: string[];
  /** How it writes a path with a space. */
  directory: string;
}

const SHELLS: Shell[] = [
  {
    name: "bash",
    argv: ["bash", "--noprofile", "--norc", "-i"],
    setup: ["PS1='> '", "source <(taskmux completions bash)"],
    directory: "other\\ dir/",
  },
  {
    name: "zsh",
    argv: ["zsh", "-f", "-i"],
    setup: [
      "PROMPT='> '",
      "autoload -Uz compinit && compinit -D",
      "source <(taskmux completions zsh)",
    ],
    directory: "other\\ dir/",
  },
  {
    name: "fish",
    argv: ["fish", "--no-config", "--private"],
    setup: [
      "function fish_prompt; echo '> '; end",
      "set -g fish_autosuggestion_enabled 0",
      "taskmux completions fish | source",
    ],
    directory: "other\\ dir/",
  },
];

/** Tests of a shell that isn't installed are skipped; `sh ./dev test` installs it where it can. */
const there = (name: string) => test.skipIf(Bun.which(name) === null);

function createProject(): World {
  const world = createWorld();
  world.writeConfig(
    `name = "x"\n[tasks]\nweb = "bun dev: $(touch ran)"\n"web-2.x" = "sleep 1"\napi = "sleep 2"\n`,
  );
  world.write("other dir/taskmux.toml", '[tasks]\nzeta = "sleep 1"\n');
  world.write("bad.toml", "[tasks\n");
  return world;
}

const pathOf = (world: World): string => `${dirname(builtBinary())}:${world.env["PATH"]}`;

/** An interactive shell in a tmux window of its own, with the completion set up. */
async function openShell(world: World, { argv, setup }: Shell) {
  const PATH = pathOf(world);
  const size = ["-x", "150", "-y", "50"];
  const command = ["env", `PATH=${PATH}`, ...argv];
  await world.tmux("new-session", "-d", "-s", "shell", ...size, "-c", world.project, ...command);
  const type = (text: string) => world.tmux("send-keys", "-t", "shell", "-l", text);
  const press = (...keys: string[]) => world.tmux("send-keys", "-t", "shell", ...keys);
  const screen = () => world.tmux("capture-pane", "-p", "-t", "shell");
  for (const line of [...setup, "clear; echo re'ady'"]) {
    await type(line);
    await press("Enter");
  }
  await eventually(async () => /^ready$/m.test(await screen()));
  return { type, press, screen };
}

/** What is typed before Tab, and what the line is then. */
const lines = ({ directory }: Shell): [typed: string, becomes: string][] => [
  ["taskmux comp", "taskmux completions "],
  ["taskmux insp", "taskmux inspect "],
  ["taskmux inspect web-", "taskmux inspect web-2.x "],
  ["taskmux start web web-2.x ", "taskmux start web web-2.x api "],
  ["taskmux start --no", "taskmux start --no-deps "],
  ["taskmux events --task=ap", "taskmux events --task=api "],
  ["taskmux completions f", "taskmux completions fish "],
  [
    'taskmux -c "other dir/taskmux.toml" start ze',
    'taskmux -c "other dir/taskmux.toml" start zeta ',
  ],
  ["taskmux --config oth", `taskmux --config ${directory}`],
  ["taskmux --config=oth", `taskmux --config=${directory}`],
  ["taskmux add new x --cwd oth", `taskmux add new x --cwd ${directory}`],
  // A word for the config that isn't there, or is no TOML: nothing, and nothing said.
  ["taskmux -c bad.toml start w", "taskmux -c bad.toml start w"],
  ["taskmux -c '$(touch ran)' start w", "taskmux -c '$(touch ran)' start w"],
  ["taskmux logs > oth", `taskmux logs > ${directory}`],
  ["FOO=1 taskmux insp", "FOO=1 taskmux inspect "],
  ["true; taskmux insp", "true; taskmux inspect "],
];

for (const shell of SHELLS) {
  there(shell.name)(
    `${shell.name} completes at a person's prompt (skipped without ${shell.name})`,
    async () => {
      await using world = createProject();
      const { type, press, screen } = await openShell(world, shell);
      const seen: [string, string][] = [];
      for (const [typed] of lines(shell)) {
        await type(typed);
        await press("Tab");
        // Read only when the completion is done, so it ends the line.
        await type("@");
        const line = await eventually(async () => /^> (.*)@$/m.exec(await screen())?.[1]);
        seen.push([typed, line]);
        await press("C-u");
        await eventuallyIs(screen, (text) => !text.includes("@"));
      }
      expect(seen).toEqual(lines(shell));
      expect(existsSync(join(world.project, "ran"))).toBe(false);
    },
  );
}

there("zsh")(
  "zsh shows summaries and commands next to what it offers (skipped without zsh)",
  async () => {
    await using world = createProject();
    const { type, press, screen } = await openShell(world, SHELLS[1]!);
    await type("taskmux sta");
    await press("Tab");
    await eventuallyIs(screen, (text) => /status +-- Show every task/.test(text));
    await press("C-u");
    await type("taskmux start web");
    await press("Tab");
    await eventuallyIs(screen, (text) => text.includes("-- bun dev: $(touch ran)"));
  },
);

there("zsh")("zsh loads the script from its fpath too (skipped without zsh)", async () => {
  await using world = createProject();
  const { stdout } = await world.run(["completions", "zsh"]);
  world.write("functions/_taskmux", stdout);
  const setup = [
    "PROMPT='> '",
    "fpath=($PWD/functions $fpath); autoload -Uz compinit && compinit -D",
  ];
  const { type, press, screen } = await openShell(world, { ...SHELLS[1]!, setup });
  await type("taskmux inspect ap");
  await press("Tab");
  await eventuallyIs(screen, (text) => text.includes("> taskmux inspect api"));
});

there("fish")(
  "fish shows summaries and commands next to what it offers (skipped without fish)",
  async () => {
    await using world = createProject();
    const PATH = pathOf(world);
    const ask = async (line: string) => {
      const script = `taskmux completions fish | source; complete -C '${line}'`;
      const { stdout } = await world.runProgram(["fish", "--no-config", "-c", script], {
        env: { PATH },
      });
      return stdout.trimEnd().split("\n");
    };
    expect(await ask("taskmux statu")).toEqual([
      "status\tShow every task and what is true of it now",
    ]);
    expect(await ask("taskmux start we")).toEqual([
      "web\tbun dev: $(touch ran)",
      "web-2.x\tsleep 1",
    ]);
  },
);

test("completion says nothing of what is wrong, whatever it is asked", async () => {
  await using world = createProject();
  world.write("hostile.toml", '[tasks]\n"a b" = "x"\n"$(id)" = "x"\nok = "a\\nb\\u001b[31m"\n');
  world.write("odd.toml", "tasks = 1\n");
  for (const [words, answer] of [
    [["-c", "hostile.toml", "start", ""], "words\nok\ta b\n"],
    [["-c", "bad.toml", "start", ""], "words\n"],
    [["-c", "odd.toml", "start", ""], "words\n"],
    [["-c", "/dev/zero", "start", ""], "words\n"],
    [["-c", "missing", "start", ""], "words\n"],
    [["--wrong", "--", "start", "x"], "words\n"],
  ] as const) {
    const { stdout, stderr, exitCode } = await world.run(["__complete", "fish", ...words]);
    expect({ words, stdout, stderr, exitCode }).toMatchObject({ stderr: "", exitCode: 0 });
    if (words[0] === "-c") expect(stdout).toBe(answer);
  }
  expect((await world.run(["__complete"])).stderr).toBe("");
});

test("the config of TASKMUX_CONFIG and of a parent directory is completed from, and ~ is the home", async () => {
  await using world = createProject();
  world.write("sub/deep/x", "");
  world.write("../home/mine.toml", '[tasks]\nhomely = "x"\n');
  const ask = async (words: string[], options = {}) =>
    (await world.run(["__complete", "zsh", ...words, "start", "w"], options)).stdout;
  expect(await ask([], { cwd: join(world.project, "sub/deep") })).toContain("web-2.x\t");
  const env = { TASKMUX_CONFIG: "other dir" };
  expect(await ask([], { env })).toBe("words\nzeta\tsleep 1\n");
  expect(await ask(["-c", "~/mine.toml"])).toBe("words\nhomely\tx\n");
});

test("completions prints the script of a shell, and is E500 for one that it doesn't know", async () => {
  await using world = createWorld();
  for (const shell of ["bash", "zsh", "fish"]) {
    const { stdout, exitCode } = await world.run(["completions", shell]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/taskmux/) });
    const { result } = said(await world.run(["completions", shell, "--json"]), "completionsSchema");
    expect(result).toEqual({ ok: true, shell, script: stdout });
  }
  for (const words of [["completions", "tcsh"], ["completions"]]) {
    const { exitCode, result } = said(await world.run([...words, "--json"]), null);
    expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 2, code: "E500" });
    expect(`${result.error} ${result.hint}`).toContain("bash, zsh, fish");
  }
});
