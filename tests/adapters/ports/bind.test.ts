import { expect, test } from "bun:test";
import { canBind } from "../../../src/adapters/ports/bind.ts";
import { freePort } from "../../helpers/listening.ts";

test("a port on which nobody listens can be bound, again and again", () => {
  const port = freePort();
  expect([canBind(port), canBind(port)]).toEqual([true, true]);
});

test.each(["127.0.0.1", "::1", "0.0.0.0", "::"])(
  "a port with a listener on %s can't",
  (hostname) => {
    const listener = Bun.listen({ hostname, port: freePort(), socket: { data() {} } });
    try {
      expect(canBind(listener.port)).toBe(false);
    } finally {
      listener.stop(true);
    }
    expect(canBind(listener.port)).toBe(true);
  },
);

test("a port whose last connection was closed by its server can be bound", async () => {
  const port = freePort();
  const server = Bun.serve({ port, hostname: "127.0.0.1", fetch: () => new Response("hi") });
  await (await fetch(server.url, { headers: { connection: "close" } })).text();
  await server.stop(true);
  expect(canBind(port)).toBe(true);
});
