import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "bun:test";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const applications = ["Chromium", "Google Chrome"].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

/** A browser of this machine: `$CHROMIUM`, one on PATH, or a Mac's; null where there is none. */
export function browserPath(): string | null {
  const named = process.env["CHROMIUM"];
  if (named) return named;
  const found = NAMES.map((name) => Bun.which(name)).find((path) => path !== null && runs(path));
  return found ?? applications.find((path) => existsSync(path)) ?? null;
}

/** Not so what Ubuntu puts in place of one whose snap isn't installed. */
const runs = (path: string): boolean => Bun.spawnSync([path, "--version"]).exitCode === 0;

/** Starts the browser without a window; the caller closes it. */
export const launchBrowser = (executablePath: string): Promise<Browser> =>
  chromium.launch({ executablePath, timeout: PATIENCE });

/** Milliseconds: a browser and several daemons at once are slow on a busy machine. */
const PATIENCE = 180_000;

export interface Look {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
}

/** A page that tells of all that it should not do. */
export interface Watched extends AsyncDisposable {
  page: Page;
  /** What it did: dialogs, errors, messages on its console, requests to other hosts. */
  misdeeds(): string[];
}

/** Opens an address in a browser's profile of its own. `misdeeds` must be none at its end, unless they were looked at. */
export async function openPage(browser: Browser, url: string, look: Look = {}): Promise<Watched> {
  const { width = 1280, height = 800, colorScheme = "light" } = look;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const misdeeds: string[] = [];
  page.on("console", (message) => misdeeds.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => misdeeds.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    misdeeds.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const isOwn =
      request.url().startsWith("data:") || new URL(request.url()).host === new URL(url).host;
    if (!isOwn) misdeeds.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  let seen = false;
  return {
    page,
    misdeeds: () => {
      seen = true;
      return misdeeds;
    },
    [Symbol.asyncDispose]: async () => {
      await context.close();
      if (!seen) expect(misdeeds).toEqual([]);
    },
  };
}
