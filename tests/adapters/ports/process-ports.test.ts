import { expect, test } from "bun:test";
import {
  parseListening,
  parseLsofPorts,
  portsByProcess,
  portsOf,
} from "../../../src/adapters/ports/process-ports.ts";
import { listening } from "../../helpers/listening.ts";

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0
   1: 0100007F:0BB8 0100007F:C001 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0 100 0 0 10 0
   2: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4244 1 0 100 0 0 10 0
`;

test("listening sockets of /proc/net/tcp; connections are none", () => {
  expect(parseListening(TABLE)).toEqual([
    ["4242", 3000],
    ["4244", 8080],
  ]);
});

test("ports in the output of lsof", () => {
  const output = "p42\nf3\nn*:3000\nf4\nn[::1]:8080\np43\nf3\nn127.0.0.1:80\n";
  expect(parseLsofPorts(output)).toEqual([
    [42, 3000],
    [42, 8080],
    [43, 80],
  ]);
  expect(parseLsofPorts("")).toEqual([]);
});

test("the ports of processes, each once", async () => {
  await using ports = listening();
  const port = ports.freePort();
  const pid = await ports.listen(port);
  const other = ports.track(Bun.spawn(["sleep", "1000"]).pid);
  expect(portsOf([pid, pid, other])).toEqual([port]);
  expect(portsOf([])).toEqual([]);
  expect([...portsByProcess([pid, pid, other])]).toEqual([[pid, [port]]]);
});
