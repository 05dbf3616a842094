import { type CallExpression, parse } from "acorn";
import { fullAncestor } from "acorn-walk";
import { changeAt, type SourceChange } from "./source-change.ts";

/** The verbs by which code above a shelf saves bytes before it changes them, and makes them durable after. */
const verbs: ReadonlySet<string> = new Set(["snapshot", "snapshotMany", "persist", "persistMany", "flush", "drain"]);

/**
 * Finds every call by which a module saves or persists bytes through a shelf, to be left out, and every transaction, to be
 * run without one.
 */
export function findSaveCalls(source: string): SourceChange[] {
  const program = parse(source, { ecmaVersion: "latest", sourceType: "module" });
  const changes: SourceChange[] = [];
  fullAncestor(program, (node, _state, ancestors) => {
    const verb = node.type === "CallExpression" ? verbOf(node) : undefined;
    if (node.type !== "CallExpression" || verb === undefined) return;
    if (verb === "transaction") {
      const [work] = node.arguments;
      changes.push(changeAt(source, node, `(${source.slice(work.start, work.end)})()`));
      return;
    }
    // With what may stand around a call whose value nobody takes.
    const whole = ancestors.findLast(({ type }) => type !== "CallExpression" && type !== "ChainExpression");
    const chain = ancestors.find((each) => each.type === "ChainExpression" && each.end === node.end);
    if (whole?.type === "ExpressionStatement" || whole?.type === "ArrowFunctionExpression") {
      changes.push(changeAt(source, chain ?? node, "void 0"));
    }
  });
  return changes.sort((a, b) => a.start - b.start);
}

function verbOf({ callee, arguments: given }: CallExpression): string | undefined {
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return undefined;
  const { name } = callee.property;
  // A range of no bytes is how code asks whether its storage is still there.
  const last = given.at(-1);
  if (last?.type === "Literal" && last.value === 0) return undefined;
  return verbs.has(name) || (name === "transaction" && given.length === 1) ? name : undefined;
}
