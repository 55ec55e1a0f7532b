import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { ApiConnection, type Daemon, handshake, rawRequest, startDaemon } from "../helpers/api.ts";
import { builtBinary } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const CONFIG = 'name = "demo"\n[tasks]\nweb = "exec sleep 1000"\n';

async function served(world: World, flags: string[] = [], env = {}): Promise<Daemon> {
  world.writeConfig(CONFIG);
  return startDaemon(world, flags, { env });
}

/** The status of the answers to a handshake, the page and /healthz, with these headers instead of the usual ones. */
async function statuses(port: number, headers: Record<string, string | null>, query = "") {
  const upgrade = await rawRequest(port, at(handshake(port, headers), `/any${query}`));
  const plain = { Upgrade: null, Connection: "close", "Sec-WebSocket-Key": null, ...headers };
  const page = await rawRequest(port, at(handshake(port, plain), `/${query}`));
  const healthz = await rawRequest(port, at(handshake(port, plain), `/healthz${query}`));
  return [upgrade, page, healthz].map(({ status }) => status);
}

const at = ([, ...headers]: string[], path: string): string[] => [
  `GET ${path} HTTP/1.1`,
  ...headers,
];

const WELCOME = [101, 200, 200];
const REFUSED = [403, 403, 403];

test("a program and the daemon's own page are let in", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  for (const name of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    expect(await statuses(port, { Host: name })).toEqual(WELCOME);
    expect(await statuses(port, { Host: name, Origin: `http://${name}` })).toEqual(WELCOME);
  }
});

test("a web page is refused", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  const origins = ["https://evil.example", "null", "", `http://127.0.0.1:${port + 1}`];
  for (const origin of [
    ...origins,
    `http://localhost:${port}`,
    `http://127.0.0.1:${port}.evil.example`,
  ]) {
    expect(await statuses(port, { Origin: origin })).toEqual(REFUSED);
  }
});

test("a name that was made to point to this machine is refused", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  for (const name of [`evil.example:${port}`, `localhost.evil.example:${port}`, "localhost", "x"]) {
    expect(await statuses(port, { Host: name })).toEqual(REFUSED);
    expect(await statuses(port, { Host: name, Origin: `http://${name}` })).toEqual(REFUSED);
  }
});

test("a refusal says why, as JSON, and what is refused reaches no handler", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  const { head, body } = await rawRequest(
    port,
    handshake(port, { Origin: "https://evil.example" }),
  );
  expect(JSON.parse(body)).toMatchObject({ ok: false, error_code: "E702" });
  expect(head.toLowerCase()).not.toContain("access-control-allow");
  expect((await ask(world, "status")).result.running).toBe(false);
});

/** Only root can try what another user can't. */
const asRoot = test.skipIf(process.platform !== "linux" || process.geteuid?.() !== 0);
const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const START = '{"command":"start"}';

const withCurl = Bun.which("curl") === null ? test.skip : asRoot;

withCurl("another user of the machine is refused", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  const [, ...headers] = handshake(port);
  const upgrade = headers.flatMap((header) => ["-H", header]);
  const flags = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "120"];
  for (const words of [["/"], ["/healthz"], ["/x", ...upgrade]]) {
    const [path, ...more] = words;
    const curl = ["curl", ...flags, ...more, `http://127.0.0.1:${port}${path}`];
    expect((await world.runProgram([...NOBODY, ...curl], { cwd: "/" })).stdout).toBe("403");
  }
  await using client = await ApiConnection.open(port);
  expect(await client.ask("ping")).toMatchObject({ success: true });
});

asRoot("another user who sends a command and is gone at once is refused too", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  // Its end of the connection is then shown as root's.
  const head = `${handshake(port).join("\\r\\n")}\\r\\n\\r\\n`;
  const frame = `\\x81\\x${(0x80 | START.length).toString(16)}\\0\\0\\0\\0${START}`;
  const once = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf '${head}${frame}' >&3; exec 3>&-`;
  const bash = ["bash", "-c", `for i in {1..40}; do ${once}; done`];
  const { exitCode, stderr } = await world.runProgram([...NOBODY, ...bash], { cwd: "/" });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  await using client = await ApiConnection.open(port);
  // Had one of theirs been obeyed, it would have come first.
  expect(await client.ask("start")).toMatchObject({ tasks: ["web"], already_running: [] });
});

/** Connects as often as it may, sends a part of a request or nothing, and says when it has as many as it gets. */
const flood = (port: number, send: string): string =>
  `for i in {1..600}; do exec {fd}<>/dev/tcp/127.0.0.1/${port} && printf '${send}' >&$fd; done
  echo done; exec sleep 1000`;

const webOf = async (world: World) => (await ask(world, "status")).result.tasks[0];

asRoot.each([
  ["says nothing", ""],
  ["begins a request, and does not end it", "GET / HTTP/1.1\\r\\nX-A: b"],
])("another user who opens hundreds of connections and %s stops no restart", async (_, send) => {
  await using world = createWorld();
  world.writeConfig(
    'name = "demo"\n[tasks.web]\ncommand = "exec sleep 1000"\nrestart_policy = "always"\n',
  );
  await ask(world, "start");
  const limited = ["bash", "-c", `ulimit -n 128; exec "$0" daemon --port 0 --json`, builtBinary()];
  const running = world.spawnProgram(limited);
  const { port, pid } = await eventually(() => JSON.parse(running.lines()[0]!));
  const attack = [...NOBODY, "bash", "-c", flood(port, send)];
  const attacker = world.spawnProgram(attack, { cwd: "/" });
  await eventually(() => attacker.stdout().includes("done"));
  // Half of its descriptors are reserved for its own use.
  expect(readdirSync(`/proc/${pid}/fd`).length).toBeLessThan(100);
  const before = await webOf(world);
  process.kill(before.pid, "SIGKILL");
  await eventually(async () => {
    const { pid, state } = await webOf(world);
    return pid !== before.pid && state === "running";
  });
  await using client = await ApiConnection.open(port);
  expect(await client.ask("ping")).toMatchObject({ success: true });
});

test("a token that is given is needed, on loopback too", async () => {
  await using world = createWorld();
  const { port } = await served(world, ["--token=sesame"]);
  expect(await statuses(port, {})).toEqual([401, 401, 401]);
  for (const wrong of ["Bearer ", "Bearer sesam", "Bearer sesame2", "Basic sesame", "sesame"]) {
    expect(await statuses(port, { Authorization: wrong })).toEqual([401, 401, 401]);
  }
  expect(await statuses(port, {}, "?token=sesam")).toEqual([401, 401, 401]);
  expect(await statuses(port, { Authorization: "Bearer sesame" })).toEqual(WELCOME);
  expect(await statuses(port, {}, "?token=sesame")).toEqual(WELCOME);
  const foreign = { Authorization: "Bearer sesame", Origin: "https://evil.example" };
  expect(await statuses(port, foreign)).toEqual(REFUSED);
  const { head } = await rawRequest(port, handshake(port));
  expect(head.toLowerCase()).toContain("www-authenticate: bearer");
});

test("--host other than loopback needs a token", async () => {
  await using world = createWorld();
  world.writeConfig(CONFIG);
  for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
    const { exitCode, result } = await ask(world, `daemon --port=0 --host=${host}`);
    expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 2, code: "E500" });
    expect(result.error).toContain("token");
  }
  const daemon = await startDaemon(world, ["--host=0.0.0.0"], { env: { TASKMUX_TOKEN: "sesame" } });
  expect(await statuses(daemon.port, { Host: "box.lan" })).toEqual([401, 401, 401]);
  const known = { Host: "box.lan", Authorization: "Bearer sesame" };
  expect(await statuses(daemon.port, known)).toEqual(WELCOME);
});

test("healthz tells that it lives; the page comes with a policy that lets nothing else in", async () => {
  await using world = createWorld();
  const { port, pid } = await served(world);
  const healthz = await fetch(`http://127.0.0.1:${port}/healthz`);
  expect(await healthz.json()).toMatchObject({ ok: true, session: "demo", pid });
  const page = await fetch(`http://127.0.0.1:${port}/`);
  const policy = page.headers.get("content-security-policy") ?? "";
  for (const part of ["default-src 'none'", "frame-ancestors 'none'", `ws://127.0.0.1:${port}`]) {
    expect(policy).toContain(part);
  }
  expect(policy).not.toContain("unsafe");
  const html = await page.text();
  const scripts = [...html.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, text = ""]) => text);
  for (const script of scripts) {
    const hash = new Bun.CryptoHasher("sha256").update(script).digest("base64");
    expect(policy).toContain(`'sha256-${hash}'`);
  }
  expect(Object.fromEntries(page.headers)).toMatchObject({
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  });
});

const REQUESTS: [what: string, method: string, path: string, status: number][] = [
  ["HEAD of the page", "HEAD", "/", 200],
  ["HEAD of healthz", "HEAD", "/healthz", 200],
  ["POST", "POST", "/", 405],
  ["PUT of anything", "PUT", "/x", 405],
  ["OPTIONS of a preflight", "OPTIONS", "/", 405],
  ["another path", "GET", "/etc/passwd", 404],
  ["a path with dots", "GET", "/../../etc/passwd", 404],
];

test.each(REQUESTS)("%s is answered with its status", async (_, method, path, status) => {
  await using world = createWorld();
  const { port } = await served(world);
  const [, ...headers] = handshake(port, { Upgrade: null, Connection: "close" });
  const answer = await rawRequest(port, [`${method} ${path} HTTP/1.1`, ...headers]);
  expect(answer.status).toBe(status);
});

test("an invalid handshake and an invalid request are refused with a reason", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  const without = handshake(port, { "Sec-WebSocket-Key": null });
  expect((await rawRequest(port, without)).status).toBe(400);
  expect((await rawRequest(port, ["\0\u0001 HTTP/9"])).status).toBe(400);
  expect((await rawRequest(port, [...handshake(port), `X: ${"x".repeat(100_000)}`])).status).toBe(
    431,
  );
  expect(await statuses(port, {})).toEqual(WELCOME);
});

test("the 257th client is refused with 503, until another has gone", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  const clients = await Promise.all(Array.from({ length: 256 }, () => ApiConnection.open(port)));
  expect((await rawRequest(port, handshake(port))).status).toBe(503);
  expect(await clients[255]!.ask("ping")).toMatchObject({ success: true });
  await clients.pop()![Symbol.asyncDispose]();
  await using another = await eventually(() => ApiConnection.open(port));
  expect(await another.ask("ping")).toMatchObject({ success: true });
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});
