import { expect, test } from "bun:test";
import { Addresses, type ChosenPorts } from "../../../src/domain/ports/addresses.ts";
import { configOf } from "../../helpers/config.ts";

const TOML = `
env = { ALL = "\${tasks.api.port}" }
[tasks.api]
port = "3000+"
command = "x"
[tasks.web]
port = 5173
url = "http://\${session}.localhost:\${port}/?api=\${tasks.api.url}"
health_url = "\${url}&health"
command = "x"
[tasks.my-db]
url = "postgres://localhost/app"
command = "x"
[tasks.worker]
command = "x"
`;

async function addressesIn(chosen: ChosenPorts = { api: 3001 }, toml = TOML) {
  const config = await configOf(toml);
  const place = { session: "shop-fix", worktree: "fix" };
  const addresses = new Addresses(config, place, chosen);
  const task = (name: string) => config.tasks.find((one) => one.name === name)!;
  return { addresses, of: (name: string) => addresses.of(task(name)), task };
}

test("each task has its port and its URL", async () => {
  const { of } = await addressesIn();
  expect(of("api")).toMatchObject({
    port: 3001,
    url: "http://localhost:3001/",
    health_tcp: "3001",
  });
  const url = "http://shop-fix.localhost:5173/?api=http://localhost:3001/";
  expect(of("web")).toMatchObject({ port: 5173, url, health_url: `${url}&health` });
  expect(of("my-db")).toMatchObject({ port: null, url: "postgres://localhost/app" });
  expect(of("worker")).toMatchObject({ port: null, url: null, health_tcp: null });
});

test("without a chosen port, what needs it has no value yet", async () => {
  const { addresses, of, task } = await addressesIn({});
  expect(of("api")).toMatchObject({ port: null, url: null, health_tcp: "${port}" });
  expect(of("web")).toMatchObject({ port: 5173, url: null });
  expect(addresses.missingIn("a ${tasks.api.url}", task("web"))).toBe("${tasks.api.url}");
  expect(addresses.missingIn("${port} $${tasks.api.url}", task("web"))).toBeNull();
});

test("every task with an address has variables", async () => {
  const { addresses } = await addressesIn();
  expect(addresses.variables()).toEqual({
    TASKMUX_PORT_API: "3001",
    TASKMUX_URL_API: "http://localhost:3001/",
    TASKMUX_PORT_WEB: "5173",
    TASKMUX_URL_WEB: "http://shop-fix.localhost:5173/?api=http://localhost:3001/",
    TASKMUX_URL_MY_DB: "postgres://localhost/app",
  });
});

test("values know the session, the worktree and their own task", async () => {
  const { addresses, task } = await addressesIn();
  expect(addresses.expand("${session} ${worktree} ${port} ${url}", task("api"))).toBe(
    "shop-fix fix 3001 http://localhost:3001/",
  );
  expect(addresses.expand("${session} ${port}", null)).toBe("shop-fix ${port}");
});

test("a record of a task that is called like a property of every object", async () => {
  const { of } = await addressesIn({}, '[tasks.constructor]\nport = "auto"\ncommand = "x"');
  expect(of("constructor")).toMatchObject({ port: null, url: null });
});
