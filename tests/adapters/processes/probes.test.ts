import { expect, test } from "bun:test";
import { join } from "node:path";

const SOURCES = join(import.meta.dir, "../../../src/adapters");

/** Makes each kind of check once as usual and once without descriptors, in a process of its own; prints the results. */
const SCRIPT = `
  import { runProbe } from "${SOURCES}/processes/probes.ts";
  import { setFileLimit } from "${SOURCES}/system/file-limit.ts";
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("") });
  const { port } = server;
  const probes = [
    { method: "http", url: "http://127.0.0.1:" + port, statuses: null, limit: 60 },
    { method: "tcp", host: "127.0.0.1", port, limit: 60 },
  ];
  const all = async () => {
    const found = [];
    for (const probe of probes) found.push(await runProbe(probe).then(({ ok }) => ok, ({ code, syscall }) => code + " " + syscall));
    return found;
  };
  const usual = await all();
  setFileLimit(3, 1024);
  const short = await all();
  console.log(JSON.stringify({ usual, short }));
  process.exit();
`;

test("a check for which a descriptor is missing has no result", async () => {
  const child = Bun.spawn([process.execPath, "-e", SCRIPT], { stderr: "inherit" });
  expect(JSON.parse(await child.stdout.text())).toEqual({
    usual: [true, true],
    short: ["EMFILE socket", "EMFILE open"],
  });
});
