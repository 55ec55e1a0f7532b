import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { TaskStatus } from "../src/domain/results/results.ts";
import { browserPath, launchBrowser } from "../tests/helpers/browser.ts";
import { eventually } from "../tests/helpers/eventually.ts";
import { createWorld, type World } from "../tests/helpers/world.ts";

const target = join(import.meta.dir, "../docs/page.png");

/** Its path is on the picture. */
const PROJECT = "/tmp/shop";

const CONFIG = `name = "shop"

[tasks.postgres]
command = "sh bin/postgres.sh"
port = 45432
ready_log = "ready to accept"

[tasks.migrate]
command = "sh bin/migrate.sh"
oneshot = true
depends_on = ["postgres"]

[tasks.api]
command = "sh bin/api.sh"
port = 48080
depends_on = ["migrate"]
ready_log = "listening"

[tasks.search]
command = "sh bin/search.sh"
port = 49200
depends_on = ["postgres"]
health_check = "test -f answers || { echo '/_health answered 503'; exit 1; }"
health_interval = 1
health_retries = 1000

[tasks.worker]
command = "sh bin/worker.sh"
depends_on = ["migrate"]
restart_backoff = 8

[tasks.web]
command = "sh bin/web.sh"
port = 43000
depends_on = ["api", "search"]
ready_log = "ready in"
`;

const FILES: Record<string, string> = {
  "taskmux.toml": CONFIG,
  answers: "",
  "bin/postgres.sh": "echo database system is ready to accept connections; exec sleep 1000",
  "bin/migrate.sh": "echo schema is up to date",
  "bin/search.sh": "exec sleep 1000",
  "bin/worker.sh": "sleep 1; echo order.lines is undefined; exit 1",
  "bin/web.sh": "echo ready in 312 ms; exec sleep 1000",
  "bin/api.sh": `echo "connected to postgres, 4 migrations applied"
echo "listening on :48080"
number=100
while :; do
  number=$((number + 1))
  echo "GET  /products?page=$((number % 9)) 200 $((number % 23 + 4)) ms"
  echo "POST /cart/items 201 $((number % 17 + 9)) ms"
  [ $((number % 5)) -ne 0 ] || echo "slow query, 312 ms: select * from orders where customer = $number"
  [ $((number % 7)) -ne 0 ] || echo "GET  /orders/$number 404 3 ms"
  sleep 0.4
done
`,
};

/** Runs the shop until each of its tasks is in the state that the picture is to show. */
async function open(world: World): Promise<string> {
  mkdirSync(join(PROJECT, "bin"), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(PROJECT, name), text);
  const daemon = world.spawn(["daemon", "--port=0", "--json"], { cwd: PROJECT });
  const url: string = await eventually(() => JSON.parse(daemon.lines()[0] ?? "{}").url);
  await world.run(["start", "--json"], { cwd: PROJECT });
  const is = async (task: string, state: string) => {
    const { tasks } = (await world.run(["status", "--json"], { cwd: PROJECT })).json();
    return tasks.some((each: TaskStatus) => each.name === task && each.state === state);
  };
  const patience = { timeout: 60_000, interval: 200 };
  await eventually(() => is("search", "running"), patience);
  rmSync(join(PROJECT, "answers"));
  await eventually(() => is("search", "unhealthy"), patience);
  await eventually(() => is("worker", "backoff"), patience);
  return url;
}

async function shoot(browser: Browser, url: string): Promise<void> {
  const viewport = { width: 1100, height: 720 };
  const page = await browser.newPage({ viewport, colorScheme: "dark" });
  await page.goto(`${url}#task=api`);
  await page.locator('.task[data-task="worker"][data-state="backoff"]').waitFor();
  await page.locator("#lines .line").nth(40).waitFor();
  await page.screenshot({ path: target });
}

/** Takes the picture of the daemon's page that the README shows. */
async function main(): Promise<void> {
  const executablePath = browserPath();
  if (executablePath === null) throw new Error("There is no browser; CHROMIUM may name one");
  await using world = createWorld();
  // Fails where it exists: that one is somebody's.
  mkdirSync(PROJECT);
  try {
    const url = await open(world);
    const browser = await launchBrowser(executablePath);
    await shoot(browser, url);
    await browser.close();
  } finally {
    rmSync(PROJECT, { recursive: true });
  }
}

if (import.meta.main) await main();
