// Stands for macOS's ps, lsof and launchctl, told of Linux's processes: its options, columns and gaps, as far as taskmux
// uses them. What it doesn't know it refuses, as the real ones refuse GNU's options.
import { appendFileSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

const [tool = "", log = "", ...args] = process.argv.slice(2);

const refuse = (message: string): never => {
  console.error(`${tool}: ${message}`);
  process.exit(1);
};

interface Found {
  pid: number;
  fields: string[];
  uid: string;
  text: string;
  environment: string;
}

const read = (pid: number, file: string): string => readFileSync(`/proc/${pid}/${file}`, "latin1");

function attempt<T>(act: () => T, otherwise: T): T {
  try {
    return act();
  } catch {
    return otherwise;
  }
}

const pids = (): number[] => readdirSync("/proc").map(Number).filter(Number.isInteger);

function find(pid: number): Found[] {
  return attempt(() => {
    const stat = read(pid, "stat");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const text = visible(read(pid, "cmdline")) || `(${name})`;
    const uid = /^Uid:\t\d+\t(\d+)/m.exec(read(pid, "status"))![1]!;
    return [{ pid, fields, uid, text, environment: environmentOf(pid) }];
  }, []);
}

/** System integrity protection: the environments of Apple's own programs are shown to nobody. */
function environmentOf(pid: number): string {
  const isApples = attempt(
    () => /^\/(?:usr\/)?s?bin\//.test(readlinkSync(`/proc/${pid}/exe`)),
    true,
  );
  return isApples ? "" : attempt(() => visible(read(pid, "environ")), "");
}

/** One line, as vis(3) makes it. */
const visible = (text: string): string =>
  text
    .replaceAll("\0", " ")
    .trim()
    .replace(
      /[\x00-\x1f\x7f]/g,
      (character) => `\\^${String.fromCharCode(character.charCodeAt(0) ^ 64)}`,
    );

/** Seconds; the boot was at a time that stands still, whatever the clock does. */
const BOOT = Date.UTC(2026, 10, 26, 6, 0, 0) / 1000;

/** `Thu Nov 26 20:56:10 2026`, in the caller's zone and language. */
function started({ fields }: Found): string {
  const ahead = process.env["TZ"] === "UTC0" ? 0 : 7200;
  const date = new Date((BOOT + Math.floor(Number(fields[19]) / 100) + ahead) * 1000);
  const [, day = "", number = "", month = "", year = "", time = ""] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(date.toUTCString())!;
  const parts = [day, month, String(Number(number)).padStart(2), time, year];
  return (process.env["LC_ALL"] === "C" ? parts : [day, number, month, time, year]).join(" ");
}

/** `MINUTES:SECONDS.HUNDREDTHS`; Linux counts in hundredths. */
function cpuTime({ fields }: Found): string {
  const ticks = Number(fields[11]) + Number(fields[12]);
  const part = (number: number): string => String(Math.floor(number)).padStart(2, "0");
  return `${Math.floor(ticks / 6000)}:${part((ticks / 100) % 60)}.${part(ticks % 100)}`;
}

function terminal({ fields }: Found): string {
  const device = Number(fields[4]);
  return device === 0 ? "??" : `ttys${String(device & 0xff).padStart(3, "0")}`;
}

const columns: Record<string, (found: Found, withEnvironment: boolean) => string> = {
  pid: ({ pid }) => String(pid).padStart(5),
  ppid: ({ fields }) => fields[1]!.padStart(5),
  pgid: ({ fields }) => fields[2]!.padStart(5),
  sess: () => "     0",
  tpgid: ({ fields }) => (Number(fields[5]) > 0 ? fields[5]! : "0").padStart(5),
  uid: ({ uid }) => uid.padStart(5),
  tty: (found) => terminal(found).padEnd(8),
  state: ({ fields }) => `${fields[0] === "D" ? "U" : fields[0]}s`.padEnd(4),
  rss: ({ pid }) =>
    (/^VmRSS:\s+(\d+)/m.exec(attempt(() => read(pid, "status"), ""))?.[1] ?? "0").padStart(6),
  time: (found) => cpuTime(found).padStart(9),
  lstart: (found) => started(found).padEnd(28),
  command: ({ text, environment }, withEnvironment) =>
    withEnvironment && environment !== "" ? `${text} ${environment}` : text,
};

/** macOS's ps(1): a keyword may have a header after `=`, which spans the rest of the argument. */
function keywordsOf(argument: string): string[] {
  const [before = ""] = argument.split("=", 1);
  if (argument !== `${before}=`) refuse(`headers are not asked for: ${argument}`);
  return before.split(/[ ,]+/);
}

function ps(): void {
  const wanted: string[] = [];
  let selected: number[] | null = null;
  let withEnvironment = false;
  for (let at = 0; at < args.length; at++) {
    const flag = args[at]!;
    if (flag === "-o") wanted.push(...keywordsOf(args[++at]!));
    else if (flag === "-p") selected = args[++at]!.split(/[ ,]+/).map(Number);
    else if (flag === "-E") withEnvironment = true;
    else if (flag === "-ax") selected = pids();
    else if (flag !== "-ww") refuse(`illegal option -- ${flag}`);
  }
  if (selected === null) return refuse("no processes are selected");
  const rows = selected.flatMap(find);
  for (const row of rows)
    console.log(
      wanted
        .map((name) =>
          (columns[name] ?? refuse(`${name}: keyword not found`))(row, withEnvironment),
        )
        .join(" "),
    );
  process.exitCode = rows.length === 0 ? 1 : 0;
}

function tellDirectories(processes: Found[]): void {
  process.exitCode = processes.length === 0 ? 1 : 0;
  for (const { pid } of processes) {
    const path = attempt(() => readlinkSync(`/proc/${pid}/cwd`), null);
    if (path !== null) console.log(`p${pid}\nfcwd\nn${path}`);
  }
}

async function lsof(): Promise<void> {
  const port = /^-nP -iTCP:(\d+) -sTCP:LISTEN -Fp$/.exec(args.join(" "))?.[1];
  const user = /^-a -u (\d+) -d cwd -Fpn$/.exec(args.join(" "))?.[1];
  const directoryOf = /^-a -p (\d+) -d cwd -Fn$/.exec(args.join(" "))?.[1];
  if (port !== undefined) {
    const { listeners } = await import("../../src/adapters/ports/listeners.ts");
    const found = (await listeners(Number(port), null)).flatMap(({ holder }) => holder ?? []);
    for (const { pid } of found) console.log(`p${pid}\nf12`);
    process.exitCode = found.length === 0 ? 1 : 0;
  } else if (directoryOf !== undefined) tellDirectories(find(Number(directoryOf)));
  else if (user !== undefined)
    tellDirectories(
      pids()
        .flatMap(find)
        .filter(({ uid }) => uid === user),
    );
  else refuse(`unknown arguments: ${args.join(" ")}`);
}

appendFileSync(log, `${tool} ${args.join(" ")}\n`);
if (tool === "ps") ps();
else if (tool === "lsof") await lsof();
else if (tool === "launchctl" && args.join(" ") === "list") console.log("PID\tStatus\tLabel");
else refuse("unknown tool");
