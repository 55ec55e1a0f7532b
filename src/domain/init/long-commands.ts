// Guesses whether a shell command keeps running (a server, a watcher, a worker) from the program that it runs.

/** Programs that keep running, whatever their arguments. */
const ALWAYS = new Set(
  `nodemon ts-node-dev tsnd json-server http-server live-server lite-server webpack-dev-server start-storybook uvicorn gunicorn
  hypercorn daphne caddy nginx redis-server mongod postgres mailpit mailhog pm2-runtime concurrently npm-run-all run-p air
  watchexec entr chokidar smee localtunnel maildev verdaccio puma unicorn thin sidekiq celery foreman overmind hivemind honcho
  serve sirv miniflare ngrok electron metro`.split(/\s+/),
);

/** Programs that keep running if one of these words follows; "" means no word. */
const WITH_WORDS: Record<string, string> = {
  vite: " dev serve",
  rsbuild: "dev",
  rspack: "dev serve",
  webpack: "serve watch",
  parcel: " serve watch",
  next: "dev start",
  nuxt: "dev",
  nuxi: "dev",
  astro: "dev",
  remix: "dev vite:dev",
  "react-router": "dev",
  gatsby: "develop",
  ng: "serve",
  "vue-cli-service": "serve",
  "react-scripts": "start",
  "react-app-rewired": "start",
  craco: "start",
  nest: "start",
  expo: "start",
  storybook: "dev",
  wrangler: "dev",
  workerd: "serve",
  "electron-vite": "dev",
  tauri: "dev",
  vitepress: "dev",
  docusaurus: "start",
  hexo: "server",
  hugo: "server serve",
  jekyll: "serve server",
  mkdocs: "serve",
  "browser-sync": "start",
  firebase: "emulators:start serve",
  netlify: "dev",
  vercel: "dev",
  inngest: "dev",
  "inngest-cli": "dev",
  stripe: "listen",
  strapi: "develop dev start",
  medusa: "develop",
  keystone: "dev",
  directus: "start",
  sanity: "dev start",
  encore: "dev-server",
  mix: "phx.server",
  rails: "s server",
  flask: "run",
  fastapi: "dev run",
  django: "runserver",
  "manage.py": "runserver",
  artisan: "serve queue:work queue:listen horizon",
  symfony: "serve server:start",
  turbo: "dev watch",
  nx: "serve dev",
};

/** With one of these flags any program keeps running. */
const FLAGS = new Set("--watch -w --hot --serve watch".split(" "));

/** Programs that run a file: whether it keeps running can't be seen from the program. */
const RUNTIMES = new Set(
  "node bun deno tsx ts-node nodejs python python3 ruby php java dotnet go cargo sh bash".split(
    " ",
  ),
);

/** Programs that only set up another one. */
const WRAPPERS = new Set(
  "npx bunx npm pnpm yarn pnpx env cross-env exec command dotenv dotenvx env-cmd time nice poetry uv pipenv bundle".split(
    " ",
  ),
);
const AFTER_WRAPPERS = new Set("exec run -- x dlx".split(" "));

/** `long`: keeps running. `open`: a program of the project itself, so unknown. `short`: does its work and exits. */
export type CommandLength = "long" | "open" | "short";

/** The length of a shell command: that of its last part, because the parts before it must exit first. */
export function commandLength(command: string): CommandLength {
  const parts = command.split(/&&|\|\||;|\n/).filter((part) => part.trim() !== "");
  // Commands joined by `&` run at the same time.
  const together = (parts.at(-1) ?? "").split(/(?<!&)&(?!&)/);
  const lengths = together.map((part) => lengthOf(wordsOf(part)));
  return lengths.includes("long")
    ? "long"
    : (lengths.find((length) => length === "open") ?? "short");
}

/** The words of a command, from the program on. */
export function wordsOf(part: string): string[] {
  const words = part.split("|")[0]!.trim().split(/\s+/);
  let at = 0;
  const skip = (word: string): boolean =>
    /^[A-Za-z_]\w*=/.test(word) ||
    WRAPPERS.has(word) ||
    (at > 0 && (AFTER_WRAPPERS.has(word) || word.startsWith("-")));
  while (at < words.length && skip(words[at]!)) at++;
  return words.slice(at);
}

function lengthOf([program = "", ...rest]: string[]): CommandLength {
  const name = program.split("/").at(-1)!;
  if (ALWAYS.has(name)) return "long";
  if (rest.some((word) => FLAGS.has(word))) return "long";
  if (Object.hasOwn(WITH_WORDS, name)) return takes(WITH_WORDS[name]!, rest) ? "long" : "short";
  if (!RUNTIMES.has(name)) return "short";
  if (name === "php" && rest[0] === "-S") return "long";
  // `python manage.py runserver`, `php artisan serve`, `python -m http.server`, `node server.js`, `cargo run`.
  const [script, ...words] = rest.filter((word) => !word.startsWith("-") && word !== "run");
  const ran = script?.split("/").at(-1) ?? "";
  if (ran === "http.server") return "long";
  if (Object.hasOwn(WITH_WORDS, ran) || ALWAYS.has(ran)) return lengthOf([ran, ...words]);
  return script === undefined && !rest.includes("run") ? "short" : "open";
}

function takes(words: string, rest: readonly string[]): boolean {
  const given = rest.filter((word) => !word.startsWith("-"));
  const known = words.split(" ");
  if (known.includes(given[0] ?? "")) return true;
  return (
    ["turbo", "nx"].some((each) => words === WITH_WORDS[each]) &&
    given.some((word) => known.includes(word))
  );
}
