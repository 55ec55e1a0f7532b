import { afterAll, beforeAll, expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { browserPath, launchBrowser, type Look, openPage } from "../helpers/browser.ts";
import { eventually, eventuallyIs } from "../helpers/eventually.ts";
import { ask, statusOf } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const path = browserPath();
if (path === null) {
  console.warn(
    "The page's tests are skipped: there is no Chromium or Chrome. $CHROMIUM may name one.",
  );
}
const inBrowser = test.skipIf(path === null);

let browser: Browser;
beforeAll(async () => {
  if (path !== null) browser = await launchBrowser(path);
}, 600_000);
afterAll(() => browser?.close());

/** Each starts by itself, and takes what the test writes into its file for its output. */
const CONFIG = `name = "shop"
[tasks.db]
command = "echo ready; exec tail -n +1 -f db.out"
[tasks.migrate]
command = "echo migrated"
oneshot = true
depends_on = ["db"]
[tasks.web]
command = "exec tail -n +1 -f web.out"
port = 4123
restart_backoff = 50
depends_on = ["migrate"]
[tasks.broken]
command = "true"
cwd = "gone"
auto_start = false
`;

/** It asks for something, and waits. */
const ASKING = `name = "shop"
[tasks.web]
command = "printf 'Use port 4124? (Y/n) '; exec sleep 1000"
`;

/** A world with its tasks started, and a daemon that serves the page. */
async function withDaemon(world: World, toml = CONFIG, ...flags: string[]) {
  world.writeConfig(toml);
  for (const file of ["db.out", "web.out"]) world.write(file, "");
  await ask(world, "start");
  return runDaemon(world, "0", ...flags);
}

async function runDaemon(world: World, port: string, ...flags: string[]) {
  const daemon = world.spawn(["daemon", "--port", port, "--json", ...flags]);
  const url: string = await eventually(() => JSON.parse(daemon.lines()[0] ?? "{}").url);
  return { ...daemon, url };
}

const text = (page: Page, selector: string) => async () =>
  ((await page.locator(selector).first().textContent()) ?? "").trim();

/** Waits until a place on the page reads so. */
const reads = (page: Page, selector: string, wanted: string | RegExp): Promise<string> =>
  eventuallyIs(text(page, selector), (found) =>
    typeof wanted === "string" ? found === wanted : wanted.test(found),
  );

const state = (task: string) => `.task[data-task="${task}"] .state`;
const button = (task: string, verb: string) => `.task[data-task="${task}"] button.${verb}`;

const shownLines = (page: Page): Promise<string[]> =>
  page.locator("#lines .line:visible .text").allTextContents();

inBrowser(
  "the page shows what is true of each task, and a crash and restart as they happen",
  async () => {
    await using world = createWorld();
    const { url } = await withDaemon(world);
    await using watched = await openPage(browser, url);
    const { page } = watched;
    await reads(page, "#session", "shop");
    await reads(page, "#totals", "2 of 2 running, 1 done, 1 manual");
    await reads(page, "#connection", "live");
    await reads(page, state("web"), "running");
    await reads(page, state("migrate"), "exited");
    await reads(page, state("broken"), "stopped");
    const link = page.locator('.task[data-task="web"] .port');
    expect(await link.getAttribute("href")).toBe("http://127.0.0.1:4123/");

    const { pid } = await statusOf(world, "web");
    process.kill(pid, "SIGKILL");
    await reads(page, '.task[data-task="web"] .restarts', "1 restart");
    await reads(page, state("web"), "running");
    await reads(page, "#events", /automatic restart 1: .*SIGKILL/);
    const again = await eventuallyIs(
      async () => (await statusOf(world, "web")).pid as number | null,
      (found) => found !== null && found !== pid,
    );
    process.kill(again!, "SIGKILL");
    await reads(page, state("web"), "backoff");
    await reads(page, '.task[data-task="web"] .note', "ended by SIGKILL");
    expect(await page.locator('.box[data-task="web"]').getAttribute("data-state")).toBe("backoff");
    await page.locator(button("web", "start")).click();
    await reads(page, state("web"), "running");
  },
);

inBrowser(
  "the graph has an arrow for each dependency, and its tasks are links to their logs",
  async () => {
    await using world = createWorld();
    const { url } = await withDaemon(world);
    await using watched = await openPage(browser, url);
    const { page } = watched;
    await reads(page, state("db"), "running");
    const arrows = await page
      .locator(".edge")
      .evaluateAll((edges) => edges.map((edge) => ({ ...(edge as any).dataset })));
    expect(arrows.map(({ from, to }) => `${from} ${to}`)).toEqual(["db migrate", "migrate web"]);
    await page.locator('.box[data-task="migrate"]').focus();
    await page.keyboard.press("Enter");
    await eventually(() => page.url().endsWith("#task=migrate"));
    await eventually(async () => (await shownLines(page)).includes("migrated"));
  },
);

inBrowser("a log is followed, searched, and left alone by who scrolls up", async () => {
  await using world = createWorld();
  const { url } = await withDaemon(world);
  const write = (line: string) => appendFileSync(`${world.project}/web.out`, `${line}\n`);
  for (let line = 0; line < 100; line++) write(`old ${line}`);
  await using watched = await openPage(browser, `${url}#task=web`);
  const { page } = watched;
  const last = () => page.locator("#lines .line:visible").last();
  await eventually(async () => (await last().locator(".text").textContent()) === "old 99");
  write("Needle one");
  await eventually(async () => (await last().locator(".text").textContent()) === "Needle one");
  const isSeen = () =>
    last().evaluate((line) => {
      const box = (line as any).parentElement.getBoundingClientRect();
      return (line as any).getBoundingClientRect().bottom <= box.bottom + 1;
    });
  await eventually(isSeen);

  await page.keyboard.press("/");
  await page.keyboard.type("nEEdle");
  await eventually(async () => Bun.deepEquals(await shownLines(page), ["Needle one"]));
  expect(await page.locator("mark").allTextContents()).toEqual(["Needle"]);
  await reads(page, "#matches", /^1 of \d+$/);
  await page.keyboard.press("Escape");
  await eventually(async () => (await shownLines(page)).length > 100);

  await page.locator("#lines").evaluate((box: any) => box.scrollTo(0, 0));
  await eventually(
    async () => (await page.locator("#follow").getAttribute("aria-pressed")) === "false",
  );
  write("while away");
  await reads(page, "#follow", "Follow (1 new)");
  expect(await page.locator("#lines").evaluate((box: any) => box.scrollTop)).toBe(0);
  await page.locator("#follow").click();
  await eventually(isSeen);
});

inBrowser("what is written while a log is opened is in it, once and in order", async () => {
  await using world = createWorld();
  const counting = `name = "shop"
[tasks.web]
command = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.01; done"
`;
  const { url } = await withDaemon(world, counting);
  for (let visit = 0; visit < 3; visit++) {
    await using watched = await openPage(browser, url);
    const numbers = async () =>
      (await shownLines(watched.page))
        .flatMap((line) => /^line (\d+)$/.exec(line)?.[1] ?? [])
        .map(Number);
    const before = await eventuallyIs(numbers, (found) => found.length > 0);
    const found = await eventuallyIs(numbers, (now) => now.length > before.length + 30);
    expect(found).toEqual(found.map((_, index) => found[0]! + index));
  }
});

inBrowser("buttons stop, start and restart a task, and say why they could not", async () => {
  await using world = createWorld();
  const { url } = await withDaemon(world);
  await using watched = await openPage(browser, url);
  const { page } = watched;
  await reads(page, state("web"), "running");
  expect(await page.locator(button("web", "start")).isDisabled()).toBe(true);
  const { pid } = await statusOf(world, "web");
  await page.locator(button("web", "restart")).click();
  await eventually(async () => ![pid, null].includes((await statusOf(world, "web")).pid));
  await eventually(() => page.locator(button("web", "stop")).isEnabled());
  await page.locator(button("web", "stop")).focus();
  await page.keyboard.press("Enter");
  await reads(page, state("web"), "stopped");
  await page.locator(button("web", "start")).click();
  await reads(page, state("web"), "running");

  await page.locator(button("broken", "start")).click();
  await reads(page, '.task[data-task="broken"] .failure p', /gone/);
  await page.getByLabel("Dismiss").click();
  expect(await page.locator('.task[data-task="broken"] .failure').isVisible()).toBe(false);
});

inBrowser("it says what a task uses while somebody looks, and what it waits for", async () => {
  await using world = createWorld();
  const { url } = await withDaemon(world, ASKING);
  await using watched = await openPage(browser, url);
  const { page } = watched;
  await reads(page, '.task[data-task="web"] .usage', /^\d+\.\d% CPU, \d+(\.\d)? (KiB|MiB)$/);
  const usage = page.locator('.task[data-task="web"] .usage');
  expect(await usage.getAttribute("title")).toMatch(/^1 process/);
  await reads(page, '.task[data-task="web"] .note', "waits at: Use port 4124? (Y/n)");
  await ask(world, "stop web");
  await reads(page, '.task[data-task="web"] .usage', "");
});

inBrowser("the logs of all tasks are one, and each line says whose it is", async () => {
  await using world = createWorld();
  const { url } = await withDaemon(world);
  appendFileSync(`${world.project}/web.out`, "\x1b[31mof web\x1b[0m\n");
  await using watched = await openPage(browser, url);
  const { page } = watched;
  await reads(page, state("db"), "running");
  await page.locator("#log-task").selectOption("all tasks");
  const whose = (line: string) =>
    page
      .locator(".line", { has: page.locator(".text", { hasText: new RegExp(`^${line}$`) }) })
      .locator(".whose");
  await eventually(async () => (await whose("of web").textContent()) === "web");
  await eventually(async () => (await whose("migrated").textContent()) === "migrate");
  expect(await page.locator("#lines .fg-1").allTextContents()).toEqual(["of web"]);
  appendFileSync(`${world.project}/db.out`, "comes later\n");
  await eventually(async () => (await whose("comes later").textContent()) === "db");
  await whose("comes later").click();
  await eventually(() => page.url().endsWith("#task=db"));
  await eventually(async () => (await shownLines(page)).includes("comes later"));
  expect(await page.locator(".whose").count()).toBe(0);
});

inBrowser("all tasks are stopped, after a second press, and started", async () => {
  await using world = createWorld();
  const { url } = await withDaemon(world);
  await using watched = await openPage(browser, url);
  const { page } = watched;
  await reads(page, state("web"), "running");
  await page.locator("#stop-all").click();
  await reads(page, "#stop-all", "Stop all tasks?");
  await page.locator("#filter").focus();
  await reads(page, "#stop-all", "Stop all");
  expect((await statusOf(world, "web")).state).toBe("running");
  await page.locator("#stop-all").click();
  await page.locator("#stop-all").click();
  await reads(page, state("web"), "stopped");
  await reads(page, state("db"), "stopped");
  await eventually(() => page.locator("#start-all").isEnabled());
  await page.locator("#start-all").click();
  await reads(page, state("web"), "running");
  await reads(page, state("db"), "running");
  await reads(page, "#all-failure", "");
});

inBrowser("a task's state says why it is in it, by a click and by a key", async () => {
  await using world = createWorld();
  const { url } = await withDaemon(world);
  await using watched = await openPage(browser, url);
  const { page } = watched;
  await page.locator(state("broken")).click();
  const why = (task: string) => `.task[data-task="${task}"] .why`;
  await reads(page, `${why("broken")} p`, /./);
  const shown = await page.locator(why("broken")).textContent();
  expect(shown).toContain((await ask(world, "why broken")).result.summary);
  await page.locator(state("broken")).click();
  await eventually(async () => !(await page.locator(why("broken")).isVisible()));
  await eventually(() => page.locator('.task[data-task="db"] [aria-current]').count());
  await page.keyboard.press("j");
  await eventually(() => page.locator('.task[data-task="migrate"] [aria-current]').count());
  await page.keyboard.press("w");
  await reads(page, `${why("migrate")} p`, /./);
  await page.keyboard.press("k");
  await eventually(() => page.url().endsWith("#task=db"));
  await page.keyboard.press("a");
  await eventually(async () => (await page.locator("#log-task").inputValue()) === "*");
});

inBrowser("hostile lines are shown as text, and nothing in them is obeyed", async () => {
  await using world = createWorld();
  const { url } = await withDaemon(world);
  const hostile = [
    '<img src=x onerror="alert(1)">',
    "</script><script>alert(2)</script>",
    '<a href="javascript:alert(3)">x</a>',
    "\u202Etxt.exe",
  ];
  for (const line of hostile) appendFileSync(`${world.project}/web.out`, `${line}\n`);
  appendFileSync(`${world.project}/web.out`, "\x1b]0;title\x07\x1b[31mred\x1b[0m end\n");
  await using watched = await openPage(browser, `${url}#task=web`);
  const { page } = watched;
  const lines = await eventuallyIs(
    () => shownLines(page),
    (found) => found.includes("red end"),
  );
  for (const line of hostile) expect(lines).toContain(line);
  expect(await page.locator("#lines :is(img, script, a)").count()).toBe(0);
  // Its colour is all that such a line may say; one that comes unasked has it too.
  expect(await page.locator("#lines .fg-1").allTextContents()).toEqual(["red"]);
  appendFileSync(`${world.project}/web.out`, "\x1b[32mgreen\x1b[0m\n");
  await page.locator("#lines .fg-2", { hasText: "green" }).waitFor({ timeout: 0 });
});

inBrowser.each([
  ["light", 1280],
  ["dark", 1280],
  ["light", 360],
  ["dark", 400],
] as const)(
  "in %s, at %d pixels, it can be read and doesn't scroll sideways",
  async (colorScheme, width) => {
    await using world = createWorld();
    const { url } = await withDaemon(world);
    appendFileSync(`${world.project}/web.out`, `${"long".repeat(200)}\n`);
    const look: Look = { colorScheme, width, height: 740 };
    await using watched = await openPage(browser, `${url}#task=web`, look);
    const { page } = watched;
    await eventually(async () => (await shownLines(page)).some((line) => line.startsWith("long")));
    const seen = await page.evaluate(() => {
      const { document, getComputedStyle } = globalThis as any;
      const { color, backgroundColor } = getComputedStyle(document.body);
      return { wide: document.documentElement.scrollWidth, color, backgroundColor };
    });
    expect(seen.wide).toBe(width);
    const light = (colour: string) => Number(/\d+/.exec(colour)![0]);
    expect(light(seen.backgroundColor) > light(seen.color)).toBe(colorScheme === "light");
  },
);

inBrowser("without a daemon nothing passes for running, and all is back once it is", async () => {
  await using world = createWorld();
  const first = await withDaemon(world);
  await using watched = await openPage(browser, `${first.url}#task=web`);
  const { page } = watched;
  await reads(page, state("web"), "running");
  first.signal("SIGTERM");
  await reads(page, "#lost", /^Disconnected from the daemon/);
  await reads(page, state("web"), "unknown");
  await reads(page, "#connection", "disconnected");
  expect(await page.locator(".task button:enabled").count()).toBe(0);
  expect(await page.title()).toBe("shop (disconnected)");
  await first.ended();

  appendFileSync(`${world.project}/web.out`, "written meanwhile\n");
  await runDaemon(world, new URL(first.url).port);
  await page
    .locator("#retry")
    .click({ timeout: 5000 })
    .catch(() => {});
  await reads(page, "#connection", "live");
  await reads(page, state("web"), "running");
  expect(await page.locator("#banner").isVisible()).toBe(false);
  await eventually(async () => (await shownLines(page)).includes("written meanwhile"));
  appendFileSync(`${world.project}/web.out`, "and after\n");
  await eventually(async () => (await shownLines(page)).includes("and after"));
  const attempts = (misdeed: string) => /WebSocket connection to .* failed/.test(misdeed);
  expect(watched.misdeeds().filter((misdeed) => !attempts(misdeed))).toEqual([]);
});

inBrowser("a token in the page's address opens its WebSocket too", async () => {
  await using world = createWorld();
  const { url } = await withDaemon(world, CONFIG, "--token", "a secret");
  await using watched = await openPage(browser, `${url}?token=a%20secret`);
  await reads(watched.page, state("web"), "running");
  await using refused = await openPage(browser, url);
  expect(await refused.page.textContent("body")).toContain("token");
  refused.misdeeds();
});
