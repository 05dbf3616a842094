import { type Node, parse } from "acorn";
import { full } from "acorn-walk";

/** A call of a persist operation of a region, in a module's text. */
export interface PersistCall {
  readonly line: number;
  readonly text: string;
}

const operations: ReadonlySet<string> = new Set([
  "flush",
  "flushMany",
  "drain",
  "persist",
  "persistMany",
  "persistAsync",
  "persistManyAsync",
  "deepFlush",
  "copy",
  "copyAsync",
  "copyMany",
  "copyWithin",
  "copyWithinCrc32c",
  "persistRecord",
  "persistRecordAsync",
  "fill",
  "fillAsync",
]);

/** Finds every call of a persist operation on what is called a region, whether anything comes to it or not. */
export function findPersistCalls(source: string): PersistCall[] {
  const calls: PersistCall[] = [];
  full(parse(source, { ecmaVersion: "latest", sourceType: "module", locations: true }), (node) => {
    if (node.type !== "CallExpression") return;
    const { callee } = node;
    if (callee.type !== "MemberExpression" || !operations.has(nameOf(callee.property))) return;
    const { object } = callee;
    const subject = nameOf(object.type === "MemberExpression" ? object.property : object);
    if (subject !== "region") return;
    // Where a stack says that the call is.
    const { line } = callee.property.loc!.start;
    calls.push({ line, text: source.slice(node.start, node.end).replaceAll(/\s+/gu, " ") });
  });
  return calls.sort((a, b) => a.line - b.line);
}

function nameOf(node: Node): string {
  return node.type === "Identifier" || node.type === "PrivateIdentifier" ? (node as Node & { name: string }).name : "";
}
