import { describe, expect, test } from "bun:test";
import { fc } from "../helpers/property.ts";
import { crossings, layered } from "../../src/page/graph-layers.ts";
import { BOX_HEIGHT, layoutOf } from "../../src/page/graph-layout.ts";

/** `web:api,db` depends on api and db. */
const graph = (text: string) =>
  text.split(" ").map((word) => {
    const [name = "", needs] = word.split(":");
    return { name, depends_on: needs?.split(",") ?? [] };
  });

describe("layered", () => {
  test.each([
    ["a", "a"],
    ["c:b b:a a", "a | b | c"],
    ["a b c:a,b", "a b | c"],
    ["a b:a c:a,b", "a | b + | c"],
    ["a:ghost", "a"],
  ])("%s stands in the layers %s, with + where an arrow passes", (tasks, layers) => {
    const sorted = (names: string[]) => names.toSorted().join(" ");
    const shown = layered(graph(tasks)).layers.map((layer) =>
      sorted(layer.map(({ name }) => name ?? "+")),
    );
    expect(shown).toEqual(layers.split(" | ").map((layer) => sorted(layer.split(" "))));
  });

  test("tasks are so ordered that no two arrows cross where none has to", () => {
    const { layers } = layered(graph("a b c x:c y:b z:a"));
    expect(crossings(layers)).toBe(0);
  });

  test("a cycle, which no config has, ends", () => {
    expect(layered(graph("a:b b:a")).layers.flat().length).toBeGreaterThanOrEqual(2);
  });
});

/** Each task may depend on those before it. */
const tasks = fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { maxLength: 25 }).map((needs) =>
  needs.map((indices, own) => ({
    name: `task-${"x".repeat(own % 7)}${own}`,
    depends_on: [...new Set(indices.filter((index) => index < own))].map(
      (index) => `task-${"x".repeat(index % 7)}${index}`,
    ),
  })),
);

test("every task has its box, apart from all others, within the room; every dependency its arrow", () => {
  fc.assert(
    fc.property(tasks, fc.integer({ min: 200, max: 1200 }), (all, room) => {
      const { boxes, edges, width, height } = layoutOf(all, room);
      expect(boxes.map(({ name }) => name).toSorted()).toEqual(
        all.map(({ name }) => name).toSorted(),
      );
      expect(edges).toHaveLength(all.flatMap(({ depends_on }) => depends_on).length);
      expect(width).toBeLessThanOrEqual(room);
      for (const [index, box] of boxes.entries()) {
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(width);
        expect(box.y + BOX_HEIGHT).toBeLessThanOrEqual(height);
        for (const other of boxes.slice(index + 1)) {
          const isApart =
            box.x + box.width <= other.x ||
            other.x + other.width <= box.x ||
            Math.abs(box.y - other.y) >= BOX_HEIGHT;
          expect(isApart).toBe(true);
        }
      }
    }),
  );
});

test.each([
  [800, "from left to right"],
  [200, "from top to bottom"],
])("in %d pixels it goes %s", (room) => {
  const { boxes } = layoutOf(graph("database migrate:database api:migrate web:api"), room);
  const key = room === 800 ? "x" : "y";
  const places = boxes.map((box) => box[key]);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(new Set(places).size).toBe(4);
});

test("a long name is cut", () => {
  const [box] = layoutOf([{ name: "x".repeat(64), depends_on: [] }], 300).boxes;
  expect(box).toMatchObject({ name: "x".repeat(64), label: `${"x".repeat(23)}…` });
});
