import ts from "typescript";

/** A place in the sources that breaks a rule: `path:line text`. */
export type Violation = string;

/** `name` stands in the violations: a path below the tree. */
export const parseSource = (name: string, text: string): ts.SourceFile =>
  ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true);

/** Members with TypeScript's `private` or `protected`; only a constructor has no `#name`. */
export function privateKeywords(file: ts.SourceFile): Violation[] {
  const isKeyword = ({ kind }: ts.Node) =>
    kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword;
  return nodesOf(file)
    .filter((node) => isKeyword(node) && !ts.isConstructorDeclaration(node.parent))
    .map((node) => violation(node.parent));
}

/** Constants of a module that hold fixed data, and are not written in upper case. */
export function lowerCaseConstants(file: ts.SourceFile): Violation[] {
  return file.statements
    .filter(ts.isVariableStatement)
    .filter(({ declarationList: { flags } }) => (flags & ts.NodeFlags.Const) !== 0)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .filter(({ name, initializer }) => {
      const isFixed = initializer !== undefined && isFixedData(initializer);
      return isFixed && ts.isIdentifier(name) && !UPPER_CASE.test(name.text);
    })
    .map(violation);
}

/** Functions with statements, of more lines than this. */
export function longFunctions(file: ts.SourceFile, most: number): Violation[] {
  const lineOf = (position: number) => file.getLineAndCharacterOfPosition(position).line;
  return nodesOf(file)
    .filter((node) => ts.isFunctionLike(node) && hasStatements(node))
    .filter((node) => lineOf(node.end) - lineOf(node.getStart()) >= most)
    .map(violation);
}

/** An expression may be a long table. */
const hasStatements = (node: ts.SignatureDeclaration): boolean =>
  "body" in node && node.body !== undefined && ts.isBlock(node.body);

/**
 * Statements, and callbacks whose result nobody takes, that drop a `Failure`: their value is one, or a promise, a list or a
 * union with one in it.
 */
export function ignoredFailures(program: ts.Program, files: readonly ts.SourceFile[]): Violation[] {
  const checker = program.getTypeChecker();
  const fails = (node: ts.Expression) => resultsOf(node).some((call) => mayFail(checker, call));
  return files
    .flatMap(nodesOf)
    .filter((node) =>
      ts.isExpressionStatement(node)
        ? fails(node.expression)
        : isShortFunction(node) && fails(node.body) && isForNobody(checker, node),
    )
    .map(violation);
}

const isShortFunction = (node: ts.Node): node is ts.ArrowFunction & { body: ts.Expression } =>
  ts.isArrowFunction(node) && !ts.isBlock(node.body);

/** Whether a function stands where its result is of no use: the wanted type returns void, or a promise of it. */
function isForNobody(checker: ts.TypeChecker, node: ts.ArrowFunction): boolean {
  const wanted = checker.getContextualType(node);
  const signatures = wanted ? checker.getNonNullableType(wanted).getCallSignatures() : [];
  return signatures.some((each) => {
    const result = checker.getAwaitedType(each.getReturnType()) ?? each.getReturnType();
    const parts = result.isUnion() ? result.types : [result];
    return parts.some(({ flags }) => (flags & ts.TypeFlags.Void) !== 0);
  });
}

const UPPER_CASE = /^[A-Z][A-Z0-9_]*$/;
const COLLECTIONS = new Set(["Set", "Map", "RegExp"]);
const WRAPPERS = new Set(["Promise", "Array", "ReadonlyArray"]);

/** Literals, tables of them, and expressions of them and of other constants. */
function isFixedData(value: ts.Node): boolean {
  if (ts.isIdentifier(value)) return UPPER_CASE.test(value.text);
  if (ts.isLiteralExpression(value) || CONSTANT_WORDS.has(value.kind)) return true;
  if (ts.isNewExpression(value)) {
    const { expression, arguments: given = [] } = value;
    return COLLECTIONS.has(expression.getText()) && given.length > 0 && given.every(isFixedData);
  }
  if (ts.isArrayLiteralExpression(value))
    return value.elements.length > 0 && value.elements.every(isFixedData);
  if (ts.isObjectLiteralExpression(value))
    return value.properties.length > 0 && value.properties.every(isFixedProperty);
  if (ts.isTemplateExpression(value))
    return value.templateSpans.every(({ expression }) => isFixedData(expression));
  if (ts.isBinaryExpression(value)) return isFixedData(value.left) && isFixedData(value.right);
  if (ts.isPrefixUnaryExpression(value)) return isFixedData(value.operand);
  return isTransparent(value) && isFixedData(value.expression);
}

const CONSTANT_WORDS = new Set([
  ts.SyntaxKind.TrueKeyword,
  ts.SyntaxKind.FalseKeyword,
  ts.SyntaxKind.NullKeyword,
]);

function isFixedProperty(property: ts.ObjectLiteralElementLike): boolean {
  if (ts.isPropertyAssignment(property)) return isFixedData(property.initializer);
  if (ts.isSpreadAssignment(property)) return isFixedData(property.expression);
  return ts.isShorthandPropertyAssignment(property) && isFixedData(property.name);
}

const isTransparent = (node: ts.Node) =>
  ts.isAsExpression(node) ||
  ts.isSatisfiesExpression(node) ||
  ts.isParenthesizedExpression(node) ||
  ts.isSpreadElement(node) ||
  ts.isPropertyAccessExpression(node);

/** The calls whose value a statement may have. */
function resultsOf(node: ts.Expression): ts.CallExpression[] {
  if (ts.isCallExpression(node)) return [node];
  if (ts.isVoidExpression(node) || ts.isAwaitExpression(node) || ts.isParenthesizedExpression(node))
    return resultsOf(node.expression);
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].flatMap(resultsOf);
  const isChoice = ts.isBinaryExpression(node) && CHOICES.has(node.operatorToken.kind);
  return isChoice ? [node.left, node.right].flatMap(resultsOf) : [];
}

const CHOICES = new Set<ts.SyntaxKind>([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.CommaToken,
]);

/** A declared result is looked up without checking the arguments: most calls are settled by that. */
function mayFail(checker: ts.TypeChecker, call: ts.CallExpression): boolean {
  const callee = checker.getTypeAtLocation(call.expression);
  const [signature, ...others] = checker.getSignaturesOfType(callee, ts.SignatureKind.Call);
  const isDeclared = signature !== undefined && others.length === 0 && !signature.typeParameters;
  return hasFailure(
    checker,
    isDeclared ? signature.getReturnType() : checker.getTypeAtLocation(call),
  );
}

function hasFailure(checker: ts.TypeChecker, type: ts.Type): boolean {
  if (type.isUnionOrIntersection()) return type.types.some((each) => hasFailure(checker, each));
  const name = type.symbol?.name;
  if (name === "Failure") return true;
  if (!checker.isTupleType(type) && !WRAPPERS.has(name ?? "")) return false;
  const inner = checker.getTypeArguments(type as ts.TypeReference);
  return inner.some((each) => hasFailure(checker, each));
}

/** All nodes below a node, parents first. */
function nodesOf(root: ts.Node): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return nodes;
}

function violation(node: ts.Node): Violation {
  const file = node.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  return `${file.fileName}:${line + 1} ${node.getText().split("\n")[0]}`;
}
