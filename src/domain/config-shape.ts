import type { Path } from "./config-places.ts";

/** What config.ts uses of JSON Schema. */
export interface Shape {
  readonly description?: string;
  readonly default?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean";
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: boolean;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

/** A part of a value that is not as its shape says. */
export interface Misfit {
  path: Path;
  /** What is wrong: the value at the path, a key that is not known there, or a key that is missing. */
  kind: "value" | "unknown" | "missing";
  /** The shape of the value; for an unknown key that of the table it is in. */
  shape: Shape;
  value: unknown;
}

/** All misfits of a value, in its own order; empty if it is as its shape says. */
export function misfits(shape: Shape, value: unknown): Misfit[] {
  const found: Misfit[] = [];
  check(shape, value, { path: [], found });
  return found;
}

// Each command runs this on each field of a config: no closures, and no path is copied in vain.
interface Walk {
  path: (string | number)[];
  found: Misfit[];
}

function check(shape: Shape, value: unknown, walk: Walk): void {
  if (shape.anyOf !== undefined) return checkForms(shape, shape.anyOf, value, walk);
  if (shape.type === "object" && isTable(value)) checkTable(shape, value, walk);
  else if (shape.type === "array" && Array.isArray(value)) checkList(shape, value, walk);
  else if (!isScalarOf(shape, value)) report("value", shape, value, walk);
}

/** A table and a list are judged by the form for tables and lists, a scalar must fit any. */
function checkForms(shape: Shape, forms: readonly Shape[], value: unknown, walk: Walk): void {
  for (const form of forms) {
    if (isScalarOf(form, value)) return;
    if (form.type === "object" && isTable(value)) return checkTable(form, value, walk);
    if (form.type === "array" && Array.isArray(value)) return checkList(form, value, walk);
  }
  report("value", shape, value, walk);
}

function checkTable(shape: Shape, table: Record<string, unknown>, walk: Walk): void {
  for (const key of shape.required ?? []) {
    if (!Object.hasOwn(table, key)) reportAt(key, "missing", shape, undefined, walk);
  }
  for (const key of Object.keys(table)) {
    const inner = shapeOf(shape, key);
    if (inner === undefined) reportAt(key, "unknown", shape, table[key], walk);
    else if (!isScalarOf(inner, table[key])) checkAt(key, inner, table[key], walk);
  }
}

function checkList(shape: Shape, list: unknown[], walk: Walk): void {
  if (list.length < (shape.minItems ?? 0)) report("value", shape, list, walk);
  for (const [index, item] of list.entries()) checkAt(index, shape.items ?? {}, item, walk);
}

function checkAt(key: string | number, shape: Shape, value: unknown, walk: Walk): void {
  walk.path.push(key);
  check(shape, value, walk);
  walk.path.pop();
}

function reportAt(key: string, kind: Misfit["kind"], shape: Shape, value: unknown, walk: Walk) {
  walk.path.push(key);
  report(kind, shape, value, walk);
  walk.path.pop();
}

function report(kind: Misfit["kind"], shape: Shape, value: unknown, walk: Walk): void {
  walk.found.push({ path: [...walk.path], kind, shape, value });
}

/** A TOML table: its parsers make plain objects, with or without a prototype; dates are objects too. */
export function isTable(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function shapeOf(shape: Shape, key: string): Shape | undefined {
  if (shape.properties !== undefined) {
    return Object.hasOwn(shape.properties, key) ? shape.properties[key] : undefined;
  }
  for (const pattern in shape.patternProperties) {
    if (matches(pattern, key)) return shape.patternProperties[pattern];
  }
  return undefined;
}

function isScalarOf(shape: Shape, value: unknown): boolean {
  if (shape.const !== undefined) return value === shape.const;
  if (typeof value === "number") return isNumberOf(shape, value);
  if (typeof value === "boolean") return shape.type === "boolean";
  if (typeof value !== "string" || shape.type !== "string") return false;
  return shape.pattern === undefined || matches(shape.pattern, value);
}

function isNumberOf(shape: Shape, value: number): boolean {
  const isKind = shape.type === "integer" ? Number.isInteger(value) : shape.type === "number";
  return isKind && Number.isFinite(value) && isWithin(shape, value);
}

const isWithin = (shape: Shape, value: number): boolean =>
  value >= (shape.minimum ?? -Infinity) &&
  value > (shape.exclusiveMinimum ?? -Infinity) &&
  value <= (shape.maximum ?? Infinity);

const expressions = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  let expression = expressions.get(pattern);
  if (expression === undefined) expressions.set(pattern, (expression = new RegExp(pattern)));
  return expression.test(text);
}
