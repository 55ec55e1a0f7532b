/** Where a part of a value is: keys of tables, indices of lists. */
export type Path = readonly (string | number)[];

/** The part of JSON Schema that config.ts uses. */
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

/** A part of a value that violates its schema. */
export interface SchemaViolation {
  path: Path;
  /** What is wrong: the value at the path, an unknown key, or a missing key. */
  kind: "value" | "unknown" | "missing";
  /** The schema of the value; for an unknown key, of the table that has it. */
  shape: Shape;
  value: unknown;
}

/** All violations in a value, in the value's own order; empty if it is valid. */
export function violationsOf(shape: Shape, value: unknown): SchemaViolation[] {
  const found: SchemaViolation[] = [];
  check(shape, value, { path: [], found });
  return found;
}

// Every command runs this on every field of a config, so it makes no closures and copies a path only for a violation.
interface Walk {
  path: (string | number)[];
  found: SchemaViolation[];
}

function check(shape: Shape, value: unknown, walk: Walk): void {
  if (shape.anyOf !== undefined) return checkForms(shape, shape.anyOf, value, walk);
  if (shape.type === "object" && isTable(value)) checkTable(shape, value, walk);
  else if (shape.type === "array" && Array.isArray(value)) checkList(shape, value, walk);
  else if (!isScalarOf(shape, value)) report("value", shape, value, walk);
}

/** Tables and lists are checked against the form for their type; a scalar must match any form. */
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

function reportAt(
  key: string,
  kind: SchemaViolation["kind"],
  shape: Shape,
  value: unknown,
  walk: Walk,
) {
  walk.path.push(key);
  report(kind, shape, value, walk);
  walk.path.pop();
}

function report(kind: SchemaViolation["kind"], shape: Shape, value: unknown, walk: Walk): void {
  walk.found.push({ path: [...walk.path], kind, shape, value });
}

/** Whether a value is a TOML table: parsers make plain objects, with or without a prototype; dates are objects too. */
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
