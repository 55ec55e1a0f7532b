import { describe, expect, test } from "bun:test";
import { fc } from "../../helpers/property.ts";
import {
  cycles,
  dependentsOf,
  inStartOrder,
  type Node,
  withDependencies,
} from "../../../src/domain/tasks/graph.ts";

/** "web: api db; api: db; db" */
const graph = (text: string): Node[] =>
  text.split(";").map((line) => {
    const [name = "", on = ""] = line.split(":").map((part) => part.trim());
    return { name, depends_on: on.split(" ").filter((dependency) => dependency !== "") };
  });
const names = (tasks: Node[]) => tasks.map((task) => task.name).join(" ");

const app = graph("web: api; api: db cache; worker: db; db; cache; alone");

describe("selection", () => {
  test.each([
    ["web", "web api db cache"],
    ["worker cache", "worker db cache"],
    ["alone", "alone"],
    ["ghost", ""],
    ["", ""],
  ])("with the dependencies of '%s': %s", (chosen, all) => {
    expect(names(withDependencies(app, chosen.split(" ")))).toBe(all);
  });

  test("dependents are the direct ones", () => {
    expect(dependentsOf(app, "db")).toEqual(["api", "worker"]);
  });
});

describe("start order", () => {
  test.each([
    ["web: api; api: db cache; worker: db; db; cache; alone", "db cache api web worker alone"],
    ["a; b; c", "a b c"],
    ["a: ghost; b", "a b"],
    ["__proto__: constructor; constructor: toString; toString", "toString constructor __proto__"],
  ])("of '%s' is %s", (text, order) => {
    expect(names(inStartOrder(graph(text)))).toBe(order);
  });

  test("has each task once, after its dependencies, in any graph without cycles", () => {
    const anyGraph = fc
      .array(fc.array(fc.nat(30), { maxLength: 5 }), { maxLength: 30 })
      .map((rows) =>
        rows.map((row, index) => ({
          name: `t${index}`,
          depends_on: row.filter((other) => other < index).map((other) => `t${other}`),
        })),
      )
      .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }));
    fc.assert(
      fc.property(anyGraph, (tasks) => {
        const order = inStartOrder(tasks);
        expect(new Set(order)).toEqual(new Set(tasks));
        expect(order.length).toBe(tasks.length);
        const place = new Map(order.map((task, index) => [task.name, index]));
        for (const task of tasks) {
          for (const other of task.depends_on) {
            expect(place.get(other)).toBeLessThan(place.get(task.name) ?? -1);
          }
        }
        expect(cycles(tasks)).toEqual([]);
      }),
    );
  });
});

describe("cycles", () => {
  test.each([
    ["a: b; b: a", ["a b"]],
    ["a: b; b: c; c: a", ["a b c"]],
    ["x: b; b: c; c: b", ["b c"]],
    ["a: a", []],
    ["a: b; b: a; c: d; d: c", ["a b", "c d"]],
    ["a: b c; b: a; c: a", ["a b", "a c"]],
    ["c: a; a: b; b: c", ["c a b"]],
    ["x: c; a: b; b: c; c: a", ["a b c"]],
    ["a: b; b", []],
    ["a: ghost", []],
  ])("of '%s' are %j", (text, expected) => {
    expect(cycles(graph(text)).map((cycle) => cycle.join(" "))).toEqual(expected);
  });

  test("a chain of 20,000 tasks needs no call stack", () => {
    const chain = Array.from({ length: 20_000 }, (_, index) => ({
      name: `t${index}`,
      depends_on: [`t${index + 1}`],
    }));
    expect(cycles(chain)).toEqual([]);
    expect(inStartOrder(chain).at(0)?.name).toBe("t19999");
  });

  /** A ring in which every task also depends on the first: n cycles, of 2 to n tasks. */
  const knot = (size: number): { tasks: Node[]; reads(): number } => {
    let reads = 0;
    const tasks = Array.from({ length: size }, (_, index) => {
      const depends_on = [`t${(index + 1) % size}`, "t0"];
      return {
        get name() {
          reads++;
          return `t${index}`;
        },
        get depends_on() {
          reads++;
          return depends_on;
        },
      };
    });
    return { tasks, reads: () => reads };
  };

  test("take work for each task and dependency, and for each name that is reported", () => {
    const [once, twice] = [knot(5000), knot(10_000)].map(({ tasks, reads }) => {
      const names = cycles(tasks).flat().length;
      return { names, others: reads() - names };
    });
    expect(once!.names).toBeGreaterThan(5000);
    expect(twice!.names).toBeLessThanOrEqual(50_000);
    expect(twice!.others).toBeLessThan(once!.others * 2.1);
  });

  test("the first is named whole, however long it is", () => {
    const found = cycles(knot(100_000).tasks);
    expect(found.map(({ length }) => length)).toEqual([100_000]);
  });
});
