import { expect, test } from "bun:test";
import { parseTcpAddress } from "../../../src/domain/values/tcp-address.ts";

test.each([
  ["5432", "localhost", 5432],
  ["db:5432", "db", 5432],
  ["127.0.0.1:1", "127.0.0.1", 1],
  ["[::1]:65535", "::1", 65535],
  [" db.local:80 ", "db.local", 80],
])("%j is %s, port %d", (text, host, port) => {
  expect(parseTcpAddress(text)).toEqual({ host, port });
});

test.each([
  "",
  "0",
  "65536",
  ":80",
  "db:",
  "db",
  "::1:80",
  "[::1]",
  "http://db:80",
  "a b:80",
  "-1",
])("%j is no address", (text) => {
  expect(parseTcpAddress(text)).toBeNull();
});
