import { type CallExpression, type Node, parse } from "acorn";
import { fullAncestor } from "acorn-walk";
import { changeAt, type SourceChange } from "./source-change.ts";

/** What computes a checksum, by its name. */
const checksumName = /crc|checksum/iu;
/** What a comparison says if the checksum is right. */
const equality: ReadonlyMap<string, boolean> = new Map([
  ["===", true],
  ["!==", false],
]);

/**
 * Finds every comparison with a computed checksum in a module: one of whose sides holds a call of what computes one, or a
 * variable of the same function that was made by such a call. So a new test is found without being listed anywhere. The
 * change leaves the test out: it finds the checksum right whatever it is.
 * @throws Error for a checksum that is neither compared nor written, returned, handed on or continued: a use that this does not know
 */
export function findChecksumTests(source: string, name: string): SourceChange[] {
  const program = parse(source, { ecmaVersion: "latest", sourceType: "module", locations: true });
  const tests = new Map<number, SourceChange>();
  const calls: { readonly call: CallExpression; readonly ancestors: readonly Node[] }[] = [];
  fullAncestor(program, (node, _state, ancestors) => {
    if (isChecksumCall(node)) calls.push({ call: node, ancestors: [...ancestors] });
  });
  for (const { call, ancestors } of calls) {
    const body = outermostFunction(ancestors);
    const variable = variableOf(ancestors);
    const found = comparisonsOf(body, (node) =>
      variable === undefined ? node === call : isNamed(node, variable) || node === call,
    );
    for (const test of found) {
      const right = `(${source.slice(test.start, test.end)}, ${equality.get(test.operator)})`;
      tests.set(test.start, changeAt(source, test, right));
    }
    if (found.length === 0 && !isPassedOn(ancestors, variable)) {
      const { line } = call.loc!.start;
      throw new Error(
        `${name}:${line}: a checksum is computed that is neither compared nor written; is a test of it not an ===?`,
      );
    }
  }
  return [...tests.values()].sort((a, b) => a.start - b.start);
}

function isChecksumCall(node: Node): node is CallExpression {
  if (node.type !== "CallExpression") return false;
  const { callee } = node as CallExpression;
  const named = callee.type === "MemberExpression" ? callee.property : callee;
  return (named.type === "Identifier" || named.type === "PrivateIdentifier") && checksumName.test(named.name);
}

/** The method or function of the module that holds a node, with all closures inside it. */
function outermostFunction(ancestors: readonly Node[]): Node {
  return (
    ancestors.find(({ type }) => /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/u.test(type)) ??
    ancestors[0]
  );
}

/** The variable that holds a call's result, if one does. */
function variableOf(ancestors: readonly Node[]): string | undefined {
  for (const node of ancestors.toReversed()) {
    if (isComparison(node) || node.type === "Property") return undefined;
    const target = targetOf(node);
    if (target !== undefined)
      return target.type === "Identifier" ? (target as Node & { name: string }).name : undefined;
  }
  return undefined;
}

function targetOf(node: Node): Node | undefined {
  const { type, id, left } = node as Node & { readonly id?: Node; readonly left?: Node };
  if (type === "VariableDeclarator") return id;
  return type === "AssignmentExpression" ? left : undefined;
}

type Comparison = Node & { readonly operator: string; readonly left: Node; readonly right: Node };

function isComparison(node: Node): node is Comparison {
  return node.type === "BinaryExpression" && equality.has((node as Comparison).operator);
}

function comparisonsOf(body: Node, isChecksum: (node: Node) => boolean): Comparison[] {
  const found = new Set<Comparison>();
  fullAncestor(body, (node, _state, ancestors) => {
    if (!isChecksum(node)) return;
    const comparison = ancestors.findLast((each): boolean => isComparison(each)) as Comparison | undefined;
    if (comparison !== undefined) found.add(comparison);
  });
  return [...found];
}

function isNamed(node: Node, name: string): boolean {
  return node.type === "Identifier" && (node as Node & { readonly name: string }).name === name;
}

/** Whether a call's result is written, returned, or goes into another checksum; or into a variable that is. */
function isPassedOn(ancestors: readonly Node[], variable: string | undefined): boolean {
  if (variable !== undefined) return isUsedFor(outermostFunction(ancestors), variable);
  return ancestors
    .slice(0, -1)
    .some(
      (node) =>
        isChecksumCall(node) ||
        node.type === "ReturnStatement" ||
        node.type === "NewExpression" ||
        node.type === "Property" ||
        node.type === "PropertyDefinition" ||
        targetOf(node)?.type === "MemberExpression",
    );
}

function isUsedFor(body: Node, variable: string): boolean {
  let isUsed = false;
  fullAncestor(body, (node, _state, ancestors) => {
    if (isNamed(node, variable) && isPassedOn(ancestors, undefined)) isUsed = true;
  });
  return isUsed;
}
