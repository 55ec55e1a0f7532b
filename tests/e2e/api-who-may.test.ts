import { expect, test } from "bun:test";
import { ApiConnection, type Daemon, handshake, rawRequest, startDaemon } from "../helpers/api.ts";
import { ask } from "../helpers/schemas.ts";
import { createWorld, type World } from "../helpers/world.ts";

const config = 'name = "demo"\n[tasks]\nweb = "exec sleep 1000"\n';

async function served(world: World, flags: string[] = [], env = {}): Promise<Daemon> {
  world.writeConfig(config);
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

const welcome = [101, 200, 200];
const refused = [403, 403, 403];

test("a program and the daemon's own page are let in", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  for (const name of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    expect(await statuses(port, { Host: name })).toEqual(welcome);
    expect(await statuses(port, { Host: name, Origin: `http://${name}` })).toEqual(welcome);
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
    expect(await statuses(port, { Origin: origin })).toEqual(refused);
  }
});

test("a name that was made to point to this machine is refused", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  for (const name of [`evil.example:${port}`, `localhost.evil.example:${port}`, "localhost", "x"]) {
    expect(await statuses(port, { Host: name })).toEqual(refused);
    expect(await statuses(port, { Host: name, Origin: `http://${name}` })).toEqual(refused);
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

asRoot("another user of the machine is refused", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  const [, ...headers] = handshake(port);
  const upgrade = headers.flatMap((header) => ["-H", header]);
  const flags = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20"];
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

test("a token that is given is needed, on loopback too", async () => {
  await using world = createWorld();
  const { port } = await served(world, ["--token=sesame"]);
  expect(await statuses(port, {})).toEqual([401, 401, 401]);
  for (const wrong of ["Bearer ", "Bearer sesam", "Bearer sesame2", "Basic sesame", "sesame"]) {
    expect(await statuses(port, { Authorization: wrong })).toEqual([401, 401, 401]);
  }
  expect(await statuses(port, {}, "?token=sesam")).toEqual([401, 401, 401]);
  expect(await statuses(port, { Authorization: "Bearer sesame" })).toEqual(welcome);
  expect(await statuses(port, {}, "?token=sesame")).toEqual(welcome);
  const foreign = { Authorization: "Bearer sesame", Origin: "https://evil.example" };
  expect(await statuses(port, foreign)).toEqual(refused);
  const { head } = await rawRequest(port, handshake(port));
  expect(head.toLowerCase()).toContain("www-authenticate: bearer");
});

test("--host other than loopback needs a token", async () => {
  await using world = createWorld();
  world.writeConfig(config);
  for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
    const { exitCode, result } = await ask(world, `daemon --port=0 --host=${host}`);
    expect({ exitCode, code: result.error_code }).toEqual({ exitCode: 2, code: "E500" });
    expect(result.error).toContain("token");
  }
  const daemon = await startDaemon(world, ["--host=0.0.0.0"], { env: { TASKMUX_TOKEN: "sesame" } });
  expect(await statuses(daemon.port, { Host: "box.lan" })).toEqual([401, 401, 401]);
  const known = { Host: "box.lan", Authorization: "Bearer sesame" };
  expect(await statuses(daemon.port, known)).toEqual(welcome);
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

const requests: [what: string, method: string, path: string, status: number][] = [
  ["HEAD of the page", "HEAD", "/", 200],
  ["HEAD of healthz", "HEAD", "/healthz", 200],
  ["POST", "POST", "/", 405],
  ["PUT of anything", "PUT", "/x", 405],
  ["OPTIONS of a preflight", "OPTIONS", "/", 405],
  ["another path", "GET", "/etc/passwd", 404],
  ["a path with dots", "GET", "/../../etc/passwd", 404],
];

test.each(requests)("%s is answered with its status", async (_, method, path, status) => {
  await using world = createWorld();
  const { port } = await served(world);
  const [, ...headers] = handshake(port, { Upgrade: null, Connection: "close" });
  const answer = await rawRequest(port, [`${method} ${path} HTTP/1.1`, ...headers]);
  expect(answer.status).toBe(status);
});

test("a handshake that is none, and a request that is none, are told so", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  const without = handshake(port, { "Sec-WebSocket-Key": null });
  expect((await rawRequest(port, without)).status).toBe(400);
  expect((await rawRequest(port, ["\0\u0001 HTTP/9"])).status).toBe(400);
  expect((await rawRequest(port, [...handshake(port), `X: ${"x".repeat(100_000)}`])).status).toBe(
    431,
  );
  expect(await statuses(port, {})).toEqual(welcome);
});

test("the 257th client is refused with 503, until another has gone", async () => {
  await using world = createWorld();
  const { port } = await served(world);
  const clients = await Promise.all(Array.from({ length: 256 }, () => ApiConnection.open(port)));
  expect((await rawRequest(port, handshake(port))).status).toBe(503);
  expect(await clients[255]!.ask("ping")).toMatchObject({ success: true });
  await clients.pop()![Symbol.asyncDispose]();
  await using another = await ApiConnection.open(port);
  expect(await another.ask("ping")).toMatchObject({ success: true });
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
});
