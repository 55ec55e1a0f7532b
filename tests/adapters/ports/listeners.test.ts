import { describe, expect, test } from "bun:test";
import { realpathSync } from "node:fs";
import { listeners, parseLsof, parseSockets } from "../../../src/adapters/ports/listeners.ts";
import { eventually } from "../../helpers/eventually.ts";
import { listening } from "../../helpers/listening.ts";

const me = Bun.spawnSync(["id", "-un"]).stdout.toString().trim();

const pidsOn = async (port: number): Promise<number[]> =>
  (await listeners(port, null)).map(({ holder }) => holder?.pid ?? -1).sort((a, b) => a - b);

const sorted = (pids: number[]): number[] => pids.toSorted((a, b) => a - b);

describe("listeners are found", () => {
  test.each(["127.0.0.1", "0.0.0.0", "::1", "::"])("on %s", async (host) => {
    await using ports = listening();
    const port = ports.freePort();
    const pid = await ports.listen(port, { host });
    const found = await listeners(port, null);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      user: me,
      holder: { pid, cwd: realpathSync(ports.directory) },
    });
    expect(found[0]!.holder?.command).toContain("listener.ts");
  });

  test("of IPv4 and IPv6 next to each other", async () => {
    await using ports = listening();
    const port = ports.freePort();
    const pids = [await ports.listen(port), await ports.listen(port, { host: "::1" })];
    expect(await pidsOn(port)).toEqual(sorted(pids));
  });

  test("where several share a port by SO_REUSEPORT", async () => {
    await using ports = listening();
    const port = ports.freePort();
    const pids = [
      await ports.listen(port, { isShared: true }),
      await ports.listen(port, { isShared: true }),
    ];
    expect(await pidsOn(port)).toEqual(sorted(pids));
  });

  test.skipIf(Bun.which("perl") === null)(
    "where children have the socket from their parent",
    async () => {
      await using ports = listening();
      const port = ports.freePort();
      const program = `use IO::Socket::INET;
      my $socket = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die;
      $| = 1;
      for (1..2) { my $pid = fork; if (!$pid) { sleep 60; exit } print "$pid\\n"; }
      print "$$\\n";
      sleep 60;`;
      const master = Bun.spawn(["perl", "-e", program, String(port)], { stdout: "pipe" });
      ports.track(master.pid);
      let said = "";
      const reader = master.stdout.getReader();
      while (said.split("\n").length < 4)
        said += new TextDecoder().decode((await reader.read()).value);
      const pids = said.trim().split("\n").map(Number).map(ports.track);
      expect(pids).toHaveLength(3);
      expect(await pidsOn(port)).toEqual(sorted(pids));
    },
  );
});

test("clients, and who listens elsewhere, are none", async () => {
  await using ports = listening();
  const [port, other] = [ports.freePort(), ports.freePort()];
  const pid = await ports.listen(port);
  await ports.listen(other);
  const client = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  expect(await pidsOn(port)).toEqual([pid]);
  process.kill(pid, "SIGKILL");
  // The client's end, and what is left of the connection, hold nothing up.
  await eventually(async () => (await listeners(port, null)).length === 0);
  client.end();
});

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 5001 1 0 100 0 0 10 0
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 5002 1 0 100 0 0 10 0
   2: 0100007F:0BB8 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 5003 1 0 20 4 30 10 -1
   3: 0100007F:D431 0100007F:0BB8 01 00000000:00000000 00:00000000 00000000  1000        0 5004 1 0 20 4 30 10 -1
   4: 0100007F:0BB8 0100007F:D432 06 00000000:00000000 03:00000176 00000000     0        0 0 3 0
`;
const TABLE6 = `   0: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 6001 1 0 100 0 0 10 0
`;

test.each([
  [
    "a listener, but no connection, client or TIME_WAIT",
    TABLE,
    3000,
    [{ inode: "5001", uid: 1000 }],
  ],
  ["another user's", TABLE, 80, [{ inode: "5002", uid: 33 }]],
  ["an IPv6 one", TABLE6, 3000, [{ inode: "6001", uid: 0 }]],
  ["nothing on a client's port", TABLE, 0xd431, []],
  ["nothing in an empty table", "", 80, []],
] as const)("the kernel's table tells %s", (_what, text, port, expected) => {
  expect(parseSockets(text, port)).toEqual([...expected]);
});

test("lsof tells each process once", () => {
  expect(parseLsof("p812\nf12\nf13\np4242\nf3\n")).toEqual([812, 4242]);
  expect(parseLsof("")).toEqual([]);
});
