import { expect, test } from "bun:test";
import {
  type Caller,
  type Gate,
  isLoopback,
  refusal,
  refusedUser,
} from "../../../src/domain/api/access.ts";

const GATE: Gate = { host: "127.0.0.1", port: 8765, asksToken: false };
const CALLER: Caller = { host: "127.0.0.1:8765", origin: null, token: "none" };

const OWN = "http://127.0.0.1:8765";

/** What is otherwise than with a caller that may, what of the gate, and the status of the refusal. */
const cases: [what: string, caller: Partial<Caller>, gate: Partial<Gate>, status: number | null][] =
  [
    ["a program of the same user", {}, {}, null],
    ["the daemon's own page", { origin: OWN }, {}, null],
    [
      "its page as localhost",
      { host: "localhost:8765", origin: "http://localhost:8765" },
      {},
      null,
    ],
    ["its page as ::1", { host: "[::1]:8765", origin: "http://[::1]:8765" }, {}, null],
    [
      "its page in other letters",
      { host: "LocalHost:8765", origin: "http://localhost:8765" },
      {},
      null,
    ],
    ["its page on port 80", { host: "localhost", origin: "http://localhost" }, { port: 80 }, null],
    ["an address that is its own", { host: "127.0.0.2:8765" }, { host: "127.0.0.2" }, null],

    ["a web page", { origin: "https://evil.example" }, {}, 403],
    ["a sandboxed page", { origin: "null" }, {}, 403],
    ["an empty origin", { origin: "" }, {}, 403],
    ["a page of another port", { origin: "http://127.0.0.1:8766" }, {}, 403],
    ["a page of another scheme", { origin: "https://127.0.0.1:8765" }, {}, 403],
    ["a page of the same port on another address", { origin: "http://localhost:8765" }, {}, 403],
    ["a page whose origin begins with ours", { origin: `${OWN}.evil.example` }, {}, 403],
    ["a page whose origin begins with ours and @", { origin: `${OWN}@evil.example` }, {}, 403],

    ["a name that was made to point here", { host: "evil.example:8765" }, {}, 403],
    [
      "a page of such a name",
      { host: "evil.example:8765", origin: "http://evil.example:8765" },
      {},
      403,
    ],
    ["a name that begins with ours", { host: "localhost.evil.example:8765" }, {}, 403],
    ["a name that looks like an address", { host: "127.0.0.1.evil.example:8765" }, {}, 403],
    ["a user in the Host", { host: "localhost:8765@evil.example" }, {}, 403],
    ["another port in the Host", { host: "localhost:8766" }, {}, 403],
    ["no port in the Host", { host: "localhost" }, {}, 403],
    ["a port that only begins so", { host: "localhost:8765:1" }, {}, 403],
    ["an address of another machine", { host: "192.168.1.2:8765" }, {}, 403],
    ["no Host", { host: null }, {}, 403],
    ["an empty Host", { host: "" }, {}, 403],

    ["no token where one is asked", {}, { asksToken: true }, 401],
    ["a wrong token", { token: "wrong" }, { asksToken: true }, 401],
    ["the token", { token: "right" }, { asksToken: true }, null],
    ["a wrong Host with the token", { host: "x:8765", token: "right" }, { asksToken: true }, 403],

    [
      "another machine with the token",
      { host: "box.lan:8765", token: "right" },
      { host: "0.0.0.0", asksToken: true },
      null,
    ],
    [
      "another machine without it",
      { host: "box.lan:8765" },
      { host: "0.0.0.0", asksToken: true },
      401,
    ],
    [
      "a foreign page with the token",
      { host: "box.lan:8765", origin: "http://evil.example", token: "right" },
      { host: "0.0.0.0", asksToken: true },
      403,
    ],
  ];

test.each(cases)("%s", (_, changes, gateChanges, status) => {
  const refused = refusal({ ...CALLER, ...changes }, { ...GATE, ...gateChanges });
  expect(refused?.status ?? null).toBe(status as never);
  if (refused) expect(refused.message).not.toBe("");
});

test("a client's header is shortened in the message", () => {
  const refused = refusal({ ...CALLER, origin: "x".repeat(10_000) }, GATE);
  expect(refused?.message.length).toBeLessThan(200);
});

test.each([
  ["127.0.0.1", true],
  ["127.1.2.3", true],
  ["localhost", true],
  ["::1", true],
  ["[::1]", true],
  ["::ffff:127.0.0.1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["::ffff:10.0.0.1", false],
  ["127.0.0.1.example", false],
  ["localhost.example", false],
  ["1127.0.0.1", false],
  ["", false],
])("%s is loopback: %p", (host, expected) => expect(isLoopback(host)).toBe(expected));

/** Whose connection it is, the daemon's user, and the status of the refusal. */
const USERS: [what: string, uid: number | "unseen" | null, own: number, status: number | null][] = [
  ["the daemon's user", 1000, 1000, null],
  ["another user", 1001, 1000, 403],
  ["nobody, to root's daemon", 65534, 0, 403],
  ["root", 0, 1000, null],
  ["a client that has gone", "unseen", 1000, 403],
  ["a client of a system that doesn't tell", null, 1000, null],
];

test.each(USERS)("a connection of %s", (_, uid, own, status) => {
  expect(refusedUser(uid, own)?.status ?? null).toBe(status as never);
});
