import { expect, test } from "bun:test";
import { generatedPage } from "../../scripts/page.ts";
import { pageOf } from "../../src/adapters/daemon/page.ts";
import { page } from "../../src/page/embedded.ts";

test("the embedded page is generated from its sources", async () => {
  expect(await generatedPage()).toBe(page);
});

test("it is one file that asks for nothing, with nothing that its policy would refuse", () => {
  const markup = page.replace(/<(style|script)>.*?<\/\1>/gs, "");
  expect(markup).not.toMatch(/\s(style|on\w+)=|javascript:/i);
  const addresses = [...markup.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  expect(addresses.filter((address) => !address?.startsWith("data:"))).toEqual([]);
  expect(page).not.toMatch(/url\((?!#)|@import/);
  expect(pageOf(page).policy.match(/'sha256-/g)).toHaveLength(2);
});
