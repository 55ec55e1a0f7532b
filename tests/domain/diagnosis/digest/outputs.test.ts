import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { ErrorDigest } from "../../../../src/domain/diagnosis/digest/digest.ts";

/** What is read of an output: its name, the working directory below the project's, and the groups. */
type Row = [
  output: string,
  directory: string,
  groups: { text: string; frames: string[]; count: number }[],
];

// Each place was compared with the program: the file is the one that threw, the line the one that names the error.
const ROWS: Row[] = [
  [
    "bash",
    "more",
    [{ text: "s.sh: line 3: nosuchcmd: command not found", frames: ["more/s.sh:3"], count: 1 }],
  ],
  [
    "bun-caught",
    ".",
    [
      {
        text: "RangeError: bad rate",
        frames: ["api/discount.js:2 discount", "api/caught.js:5"],
        count: 3,
      },
    ],
  ],
  [
    "bun-cause",
    ".",
    [
      {
        text: "error: can't load orders",
        frames: ["api/cause.js:9 load", "api/cause.js:13"],
        count: 1,
      },
      {
        text: "error: connect ECONNREFUSED 127.0.0.1:5432",
        frames: ["api/cause.js:2 connect", "api/cause.js:7 load", "api/cause.js:13"],
        count: 1,
      },
    ],
  ],
  [
    "bun-module",
    ".",
    [
      {
        text: "error: Cannot find module './tax.js' from '/srv/shop/api/module.js'",
        frames: [],
        count: 1,
      },
    ],
  ],
  [
    "bun-server",
    ".",
    [
      {
        text: "RangeError: bad rate",
        frames: ["api/discount.js:2 discount", "api/server.js:5"],
        count: 1,
      },
    ],
  ],
  [
    "bun-syntax",
    ".",
    [
      { text: 'error: Expected "}" but found "2"', frames: ["api/syntax.js:3"], count: 1 },
      { text: 'error: Expected identifier but found "}"', frames: ["api/syntax.js:4"], count: 1 },
      { text: "error: This constant must be initialized", frames: ["api/syntax.js:4"], count: 1 },
    ],
  ],
  [
    "bun-ts",
    ".",
    [
      {
        text: "RangeError: bad rate",
        frames: ["api/discount.ts:2 discount", "api/server.ts:6"],
        count: 1,
      },
    ],
  ],
  [
    "cargo-build",
    "rs",
    [
      {
        text: "error[E0277]: cannot multiply `u32` by `&str`",
        frames: ["rs/src/orders.rs:2"],
        count: 1,
      },
    ],
  ],
  ["dash", "more", [{ text: "s.sh: 3: nosuchcmd: not found", frames: ["more/s.sh:3"], count: 1 }]],
  [
    "deno-cause",
    ".",
    [
      {
        text: "error: Uncaught (in promise) Error: can't load orders <- Error: connect ECONNREFUSED 127.0.0.1:5432",
        frames: ["api/cause.js:9 load", "api/cause.js:2 connect", "api/cause.js:7 load"],
        count: 1,
      },
    ],
  ],
  [
    "deno-module",
    ".",
    [
      {
        text: 'error: Module not found "file:///srv/shop/api/tax.js".',
        frames: ["api/module.js:1"],
        count: 1,
      },
    ],
  ],
  [
    "deno-server",
    ".",
    [
      {
        text: "error: Uncaught RangeError: bad rate",
        frames: ["api/discount.js:2 discount", "api/server.js:5 Timeout._onTimeout"],
        count: 1,
      },
    ],
  ],
  [
    "deno-string",
    ".",
    [{ text: 'error: Uncaught (in promise) "no database"', frames: [], count: 1 }],
  ],
  [
    "deno-syntax",
    ".",
    [
      {
        text: "error: SyntaxError: Unexpected token `numeric literal (2, 2)`. Expected ... , *, (, [, :, , ?, = or an identifier",
        frames: ["api/syntax.js:3"],
        count: 1,
      },
    ],
  ],
  [
    "deno-ts",
    ".",
    [
      {
        text: "error: Uncaught RangeError: bad rate",
        frames: ["api/discount.ts:2 discount", "api/server.ts:6 Timeout._onTimeout"],
        count: 1,
      },
    ],
  ],
  [
    "echo-bun",
    ".",
    [{ text: "SyntaxError: JSON Parse error: Expected '}'", frames: ["api/echo.js:5"], count: 1 }],
  ],
  [
    "echo-deno",
    ".",
    [
      {
        text: "error: Uncaught (in promise) SyntaxError: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
        frames: ["api/echo.js:3 parse", "api/echo.js:5"],
        count: 1,
      },
    ],
  ],
  [
    "echo-node",
    ".",
    [
      {
        text: "SyntaxError: Expected property name or '}' in JSON at position 1",
        frames: ["api/echo.js:3 parse", "api/echo.js:5"],
        count: 1,
      },
    ],
  ],
  [
    "esbuild",
    "more",
    [{ text: '[ERROR] Expected "}" but found "1"', frames: ["front/src/price.js:2"], count: 1 }],
  ],
  [
    "eslint",
    ".",
    [{ text: "'rte' is not defined no-undef", frames: ["lint/gross.js:2"], count: 2 }],
  ],
  ["flask", "more", [{ text: "KeyError: 'rate'", frames: ["more/fl.py:5 index"], count: 1 }]],
  [
    "go-build",
    "gosrc",
    [
      {
        text: "broken/total.go:11:19: o.Rte undefined (type *Order has no field or method Rte)",
        frames: ["gosrc/broken/total.go:11"],
        count: 1,
      },
    ],
  ],
  [
    "go-deadlock",
    "gosrc",
    [
      {
        text: "fatal error: all goroutines are asleep - deadlock!",
        frames: ["gosrc/main.go:21 main.main"],
        count: 1,
      },
    ],
  ],
  [
    "go-error",
    "gosrc",
    [
      {
        text: "panic: load orders: file does not exist",
        frames: ["gosrc/main.go:16 main.main"],
        count: 1,
      },
    ],
  ],
  [
    "go-nil",
    "gosrc",
    [
      {
        text: "panic: runtime error: invalid memory address or nil pointer dereference",
        frames: [
          "gosrc/orders/total.go:11 orders.(*Order).gross",
          "gosrc/orders/total.go:7 orders.Total",
          "gosrc/main.go:14 main.main",
        ],
        count: 1,
      },
    ],
  ],
  [
    "go-routine",
    "gosrc",
    [
      {
        text: "panic: runtime error: invalid memory address or nil pointer dereference",
        frames: [
          "gosrc/orders/total.go:11 orders.(*Order).gross",
          "gosrc/orders/total.go:7 orders.Total",
          "gosrc/main.go:18 main.main",
        ],
        count: 1,
      },
    ],
  ],
  [
    "go-test",
    "gosrc",
    [
      {
        text: "--- FAIL: TestTotal (0.00s): total_test.go:7: Total = 2, want 3",
        frames: [],
        count: 1,
      },
    ],
  ],
  [
    "gradle",
    "gr",
    [
      {
        text: "/srv/shop/gr/src/main/java/shop/Orders.java:16: error: cannot find symbol",
        frames: ["gr/src/main/java/shop/Orders.java:16"],
        count: 1,
      },
    ],
  ],
  [
    "java-cause",
    "jv",
    [
      {
        text: 'Exception in thread "main" java.lang.IllegalStateException: can\'t load orders <- java.nio.file.NoSuchFileException: /srv/shop/missing.json',
        frames: [
          "jv/shop/Orders.java:11 shop.Orders.load",
          "jv/shop/Orders.java:9 shop.Orders.load",
          "jv/shop/Main.java:6 shop.Main.main",
        ],
        count: 1,
      },
    ],
  ],
  [
    "java-index",
    "jv",
    [
      {
        text: 'Exception in thread "main" java.lang.ArrayIndexOutOfBoundsException: Index 3 out of bounds for length 2',
        frames: ["jv/shop/Orders.java:16 shop.Orders.total", "jv/shop/Main.java:7 shop.Main.main"],
        count: 1,
      },
    ],
  ],
  [
    "javac",
    "jv",
    [
      {
        text: "shop/Broken.java:16: error: cannot find symbol",
        frames: ["jv/shop/Broken.java:16"],
        count: 1,
      },
    ],
  ],
  [
    "jest",
    "test",
    [
      {
        text: "adds the tax: expect(received).toBe(expected) // Object.is equality",
        frames: ["test/gross.test.js:3 toBe"],
        count: 1,
      },
      {
        text: "TypeError: no net price",
        frames: ["test/gross.js:2 exports.gross", "test/gross.test.js:6 gross"],
        count: 1,
      },
    ],
  ],
  [
    "json",
    ".",
    [
      {
        text: "RangeError: bad rate",
        frames: ["api/discount.js:2 discount", "api/log.js:6"],
        count: 1,
      },
      { text: "queue is full", frames: [], count: 1 },
    ],
  ],
  [
    "maven",
    "mv",
    [
      {
        text: "[ERROR] /srv/shop/mv/src/main/java/shop/Orders.java:[16,16] cannot find symbol",
        frames: ["mv/src/main/java/shop/Orders.java:16"],
        count: 2,
      },
    ],
  ],
  [
    "next-dev",
    "site",
    [
      {
        text: "TypeError: Cannot read properties of undefined (reading 'toFixed')",
        frames: ["site/app/price.js:2 price", "site/app/crash/page.js:4 Page"],
        count: 1,
      },
      {
        text: "Error: x Expected '>', got ';' <- Syntax Error",
        frames: ["site/app/broken/page.js:3"],
        count: 2,
      },
    ],
  ],
  [
    "node-caught",
    ".",
    [
      {
        text: "request failed: RangeError: bad rate",
        frames: ["api/discount.js:2 discount", "api/caught.js:5"],
        count: 3,
      },
    ],
  ],
  [
    "node-cause",
    ".",
    [
      {
        text: "Error: can't load orders <- Error: connect ECONNREFUSED 127.0.0.1:5432",
        frames: ["api/cause.js:9 load", "api/cause.js:2 connect", "api/cause.js:7 load"],
        count: 1,
      },
    ],
  ],
  [
    "node-listen",
    ".",
    [
      {
        text: "Error: listen EADDRINUSE: address already in use :::3999",
        frames: ["api/listen.js:2"],
        count: 1,
      },
    ],
  ],
  [
    "node-module",
    ".",
    [
      {
        text: "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/srv/shop/api/tax.js' imported from /srv/shop/api/module.js",
        frames: [],
        count: 1,
      },
    ],
  ],
  [
    "node-nested",
    "more",
    [
      {
        text: "Error: page failed <- Error: socket closed",
        frames: ["more/nest.mjs:1 a", "more/nest.mjs:2 b", "more/nest.mjs:3 c"],
        count: 1,
      },
    ],
  ],
  [
    "node-reject",
    ".",
    [
      {
        text: "Error: ENOENT: no such file or directory, open '/srv/shop/missing.json'",
        frames: ["api/reject.js:4 settings"],
        count: 1,
      },
    ],
  ],
  [
    "node-require",
    ".",
    [{ text: "Error: Cannot find module 'expresso'", frames: ["api/require.cjs:1"], count: 1 }],
  ],
  [
    "node-server",
    ".",
    [
      {
        text: "RangeError: bad rate",
        frames: ["api/discount.js:2 discount", "api/server.js:5 Timeout._onTimeout"],
        count: 1,
      },
    ],
  ],
  ["node-string", ".", [{ text: "no database", frames: [], count: 1 }]],
  [
    "node-syntax",
    ".",
    [{ text: "SyntaxError: Unexpected number", frames: ["api/syntax.js:3"], count: 1 }],
  ],
  [
    "node-worker",
    "more",
    [
      {
        text: "TypeError [Error]: Cannot read properties of null (reading 'x')",
        frames: ["more/worker.mjs:2 Timeout._onTimeout"],
        count: 1,
      },
    ],
  ],
  [
    "php-cause",
    ".",
    [
      {
        text: "RuntimeException: can't load orders <- PHP Fatal error: Uncaught RangeException: bad rate",
        frames: [
          "ph/orders.php:9 Orders->load",
          "ph/orders.php:4 Orders->total",
          "ph/orders.php:8 Orders->load",
        ],
        count: 1,
      },
    ],
  ],
  [
    "php-range",
    ".",
    [
      {
        text: "PHP Fatal error: Uncaught RangeException: bad rate",
        frames: ["ph/orders.php:4 Orders->total", "ph/index.php:5"],
        count: 1,
      },
    ],
  ],
  [
    "php-syntax",
    ".",
    [
      {
        text: 'PHP Parse error: syntax error, unexpected token ";", expecting "]" in /srv/shop/ph/syntax.php on line 2',
        frames: ["ph/syntax.php:2"],
        count: 1,
      },
    ],
  ],
  [
    "pytest-short",
    "pytest",
    [
      { text: "AssertionError: assert 20 == 21", frames: ["pytest/test_discount.py:4"], count: 1 },
      {
        text: "KeyError: 'rate'",
        frames: ["pytest/discount.py:2", "pytest/test_discount.py:7"],
        count: 1,
      },
    ],
  ],
  [
    "pytest",
    "pytest",
    [
      { text: "AssertionError: assert 20 == 21", frames: ["pytest/test_discount.py:4"], count: 1 },
      {
        text: "KeyError: 'rate'",
        frames: ["pytest/discount.py:2", "pytest/test_discount.py:7"],
        count: 1,
      },
    ],
  ],
  [
    "python-app",
    ".",
    [
      {
        text: "KeyError: 'rate'",
        frames: ["py/discount.py:2 discount", "py/app.py:5 main", "py/app.py:7"],
        count: 1,
      },
    ],
  ],
  [
    "python-cause",
    ".",
    [
      {
        text: "RuntimeError: can't load /srv/shop/missing.json <- FileNotFoundError: [Errno 2] No such file or directory: '/srv/shop/missing.json'",
        frames: ["py/cause.py:7 load", "py/cause.py:5 load", "py/cause.py:9"],
        count: 1,
      },
    ],
  ],
  [
    "python-library",
    ".",
    [
      {
        text: "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        frames: ["py/library.py:4 settings", "py/library.py:6"],
        count: 1,
      },
    ],
  ],
  [
    "python-logged",
    ".",
    [
      {
        text: "KeyError: 'rate'",
        frames: ["py/discount.py:2 discount", "py/logged.py:7"],
        count: 2,
      },
    ],
  ],
  [
    "python-syntax",
    ".",
    [{ text: "SyntaxError: invalid syntax", frames: ["py/syntax.py:2"], count: 1 }],
  ],
  [
    "python-taskgroup",
    "more",
    [
      {
        text: "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
        frames: ["more/grp.py:4 main", "more/grp.py:6"],
        count: 1,
      },
      { text: "ValueError: bad one", frames: ["more/grp.py:2 one"], count: 1 },
    ],
  ],
  [
    "rails",
    "rails",
    [
      {
        text: "NoMethodError (undefined method `[]' for nil:NilClass",
        frames: ["rails/app/orders_controller.rb:9 gross", "rails/app/orders_controller.rb:3 show"],
        count: 1,
      },
    ],
  ],
  [
    "ruby-cause",
    ".",
    [
      {
        text: "can't load orders (ArgumentError) <- No such file or directory @ rb_sysopen - /srv/shop/missing.json (Errno::ENOENT)",
        frames: ["rb/orders.rb:9 load", "rb/orders.rb:7 read", "rb/app.rb:5"],
        count: 1,
      },
    ],
  ],
  [
    "ruby-nil",
    ".",
    [
      {
        text: "nil can't be coerced into Integer (TypeError)",
        frames: ["rb/orders.rb:3 *", "rb/app.rb:6"],
        count: 1,
      },
    ],
  ],
  [
    "ruby-syntax",
    ".",
    [
      {
        text: "rb/syntax.rb:2: syntax error, unexpected end-of-input",
        frames: ["rb/syntax.rb:2"],
        count: 1,
      },
    ],
  ],
  [
    "rust-short",
    "rs",
    [
      {
        text: "thread 'main' (23632) panicked at src/orders.rs:2:5: index out of bounds: the len is 0 but the index is 0",
        frames: ["rs/src/orders.rs:2"],
        count: 1,
      },
    ],
  ],
  [
    "rust-thread",
    "rs",
    [
      {
        text: "thread '<unnamed>' (11705) panicked at src/orders.rs:2:5: index out of bounds: the len is 0 but the index is 0",
        frames: [
          "rs/src/orders.rs:2 shop::orders::total",
          "rs/src/main.rs:8 shop::main::{{closure}}",
        ],
        count: 1,
      },
    ],
  ],
  [
    "rust-unwrap",
    "rs",
    [
      {
        text: "thread 'main' (11631) panicked at src/orders.rs:6:35: called `Result::unwrap()` on an `Err` value: Os { code: 2, kind: NotFound, message: \"No such file or directory\" }",
        frames: ["rs/src/orders.rs:6 shop::orders::load", "rs/src/main.rs:7 shop::main"],
        count: 1,
      },
    ],
  ],
  [
    "tsc-pretty",
    ".",
    [
      {
        text: "ts/order.ts:3:16 - error TS2551: Property 'totl' does not exist on type 'Order'. Did you mean 'total'?",
        frames: ["ts/order.ts:3"],
        count: 1,
      },
      {
        text: "ts/order.ts:5:7 - error TS2322: Type 'number' is not assignable to type 'string'.",
        frames: ["ts/order.ts:5"],
        count: 1,
      },
    ],
  ],
  [
    "tsc",
    ".",
    [
      {
        text: "ts/order.ts(3,16): error TS2551: Property 'totl' does not exist on type 'Order'. Did you mean 'total'?",
        frames: ["ts/order.ts:3"],
        count: 1,
      },
      {
        text: "ts/order.ts(5,7): error TS2322: Type 'number' is not assignable to type 'string'.",
        frames: ["ts/order.ts:5"],
        count: 1,
      },
    ],
  ],
  [
    "tsx",
    "more",
    [
      {
        text: "TypeError: Cannot read properties of undefined (reading 'net')",
        frames: ["more/ts.ts:5 total", "more/ts.ts:6"],
        count: 1,
      },
    ],
  ],
  [
    "uvicorn",
    "more",
    [{ text: "KeyError: 'rate'", frames: ["more/fa.py:4 rate", "more/fa.py:7 index"], count: 1 }],
  ],
  [
    "vite-build-syntax",
    "front",
    [
      {
        text: "[PARSE_ERROR] Expected `,` or `}` but found `decimal`",
        frames: ["front/src/price.js:2"],
        count: 1,
      },
    ],
  ],
  [
    "vite-build",
    "front",
    [
      {
        text: "[UNRESOLVED_IMPORT] Could not resolve './missing.js' in src/main.js",
        frames: ["front/src/main.js:2"],
        count: 1,
      },
    ],
  ],
  [
    "vite-dev",
    "front",
    [
      {
        text: "[PARSE_ERROR] Expected `,` or `}` but found `decimal`",
        frames: ["front/src/price.js:3"],
        count: 1,
      },
      {
        text: '[vite] Internal server error: Failed to resolve import "./missing.js" from "src/main.js". Does the file exist?',
        frames: ["front/src/main.js:2"],
        count: 1,
      },
    ],
  ],
  [
    "vite-esbuild",
    "front6",
    [
      {
        text: '[vite] Internal server error: Transform failed with 1 error: /srv/shop/front6/src/price.ts:3:8: ERROR: Expected "}" but found "2"',
        frames: ["front6/src/price.ts:3"],
        count: 1,
      },
    ],
  ],
  [
    "vitest",
    "more",
    [
      {
        text: "AssertionError: expected -1 to be 3 // Object.is equality",
        frames: ["more/sum.test.ts:3"],
        count: 1,
      },
      {
        text: "TypeError: zero",
        frames: ["more/sum.test.ts:2 sum", "more/sum.test.ts:4"],
        count: 1,
      },
    ],
  ],
  [
    "webpack",
    "pack",
    [
      {
        text: "ERROR in ./broken.js 2:6: Module parse failed: Unexpected token (2:6)",
        frames: ["pack/broken.js:2"],
        count: 1,
      },
      {
        text: "ERROR in ./index.js 1:0-31: Module not found: Error: Can't resolve './tax.js' in '/srv/shop/pack'",
        frames: ["pack/index.js:1"],
        count: 1,
      },
    ],
  ],
  ...["bun-run", "make"].map((name): Row => [
    name,
    "more",
    [
      {
        text: "Error: page failed <- Error: socket closed",
        frames: ["more/nest.mjs:1 a", "more/nest.mjs:2 b", "more/nest.mjs:3 c"],
        count: 1,
      },
    ],
  ]),
  [
    "pino",
    "more",
    [
      {
        text: "RangeError: bad rate",
        frames: ["more/lg/pino.mjs:3 rate", "more/lg/pino.mjs:6"],
        count: 2,
      },
    ],
  ],
  ["npm", "more", [{ text: 'npm error Missing script: "nope"', frames: [], count: 1 }]],
  [
    "concurrently",
    "more",
    [
      {
        text: "RangeError: bad rate",
        frames: ["api/discount.js:2 discount", "more/svc.mjs:4 Timeout._onTimeout"],
        count: 1,
      },
    ],
  ],
];

test.each(ROWS)("%s", (output, directory, groups) => {
  const digest = new ErrorDigest({
    root: "/srv/shop",
    directories: [`/srv/shop/${directory}`],
    isThere: (path) => !/\/jv\/(?:app|src)\//.test(path),
  });
  const path = `${import.meta.dir}/outputs/${output}.txt`;
  for (const text of readFileSync(path, "utf8").split("\n"))
    digest.add({ stamp: "2026-11-27T00:00:00.000", text });
  expect(digest.groups().map(({ text, frames, count }) => ({ text, frames, count }))).toEqual(
    groups,
  );
});
