import { expect, test } from "bun:test";
import { eventually } from "../../helpers/eventually.ts";
import { peerUser, usersOf } from "../../../src/adapters/daemon/peer.ts";

const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const line = (local: string, remote: string, state: string, uid: number, inode: number) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000000000000000 20 4 0 10 -1`;

// 127.0.0.1 and ::1 as proc_net_tcp writes them; 40000 is 9C40, 8765 is 223D.
const V4 = "0100007F";
const MAPPED = "0000000000000000FFFF00000100007F";
const V6 = "00000000000000000000000001000000";
const SERVER = 8765;

const tables: [what: string, address: string, rows: string[], users: number[]][] = [
  ["a client", "127.0.0.1", [line(`${V4}:9C40`, `${V4}:223D`, "01", 1000, 7)], [1000]],
  ["another address", "127.0.0.2", [line("0200007F:9C40", `${V4}:223D`, "01", 1000, 7)], [1000]],
  [
    "a client with an IPv6 socket",
    "127.0.0.1",
    [line(`${MAPPED}:9C40`, `${MAPPED}:223D`, "01", 1000, 7)],
    [1000],
  ],
  [
    "as a server for both sees it",
    "::ffff:127.0.0.1",
    [line(`${V4}:9C40`, `${V4}:223D`, "01", 1000, 7)],
    [1000],
  ],
  ["a client of ::1", "::1", [line(`${V6}:9C40`, `${V6}:223D`, "01", 1000, 7)], [1000]],
  ["the server's end", "127.0.0.1", [line(`${V4}:223D`, `${V4}:9C40`, "01", 1000, 7)], []],
  [
    "another port of the daemon",
    "127.0.0.1",
    [line(`${V4}:9C40`, `${V4}:223E`, "01", 1000, 7)],
    [],
  ],
  ["another client", "127.0.0.1", [line(`${V4}:9C41`, `${V4}:223D`, "01", 1000, 7)], []],
  ["an end that was closed", "127.0.0.1", [line(`${V4}:9C40`, `${V4}:223D`, "05", 0, 0)], []],
  ["an end that nobody holds", "127.0.0.1", [line(`${V4}:9C40`, `${V4}:223D`, "01", 0, 0)], []],
  ["one in TIME_WAIT", "127.0.0.1", [line(`${V4}:9C40`, `${V4}:223D`, "06", 0, 0)], []],
  ["a name", "localhost", [line(`${V4}:9C40`, `${V4}:223D`, "01", 1000, 7)], []],
  ["an empty table", "127.0.0.1", [], []],
];

test.each(tables)("the user of %s", (_, address, rows, users) => {
  const table = [HEAD, ...rows, ""].join("\n");
  expect(usersOf(table, { address, port: 40000 }, SERVER)).toEqual(users);
});

const onLinux = test.skipIf(process.platform !== "linux");

onLinux.each(["127.0.0.1", "::1"])(
  "a client of %s is found while it is connected",
  async (host) => {
    const { promise, resolve } = Promise.withResolvers<{ address: string; port: number }>();
    const socket = {
      data() {},
      open: ({ remoteAddress, remotePort }: Bun.Socket) =>
        resolve({ address: remoteAddress, port: remotePort }),
    };
    using server = Bun.listen({ hostname: host, port: 0, socket });
    const client = await Bun.connect({ hostname: host, port: server.port, socket: { data() {} } });
    const from = await promise;
    expect(await peerUser(from, server.port)).toBe(process.geteuid!());
    expect(await peerUser({ ...from, port: from.port ^ 1 }, server.port)).toBe("unseen");
    client.end();
    // The server's end stays open: what was read before doesn't show that the client has gone.
    await eventually(async () => (await peerUser(from, server.port)) === "unseen");
  },
);

const isRoot = process.geteuid?.() === 0 && Bun.which("perl") !== null;

onLinux.skipIf(!isRoot)(
  "two users' ends of one name, to two addresses of the server, are nobody's",
  async () => {
    using server = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data() {} } });
    const program = `use IO::Socket::INET;
      my @from = (LocalAddr => "127.0.0.1", ReuseAddr => 1);
      my $one = IO::Socket::INET->new(@from, PeerAddr => "127.0.0.1", PeerPort => $ARGV[0]) or die;
      $> = 65534;
      my $two = IO::Socket::INET->new(@from, LocalPort => $one->sockport, PeerAddr => "127.0.0.2", PeerPort => $ARGV[0]) or die;
      $| = 1;
      print $one->sockport, "\\n";
      sleep 1000;`;
    const clients = Bun.spawn(["perl", "-e", program, String(server.port)], { stdout: "pipe" });
    try {
      const { value } = await clients.stdout.getReader().read();
      const port = Number(new TextDecoder().decode(value));
      expect(await peerUser({ address: "127.0.0.1", port }, server.port)).toBe("unseen");
    } finally {
      clients.kill("SIGKILL");
      await clients.exited;
    }
  },
);
