/** What is saved: nested plain objects, Maps and arrays of leaves with elements and of scalars. */
import type { Codec } from "@nodemm/shelf";
import { codecOf, knownContentOf, type LeafContent } from "./leaf.ts";
import type { Version } from "./record.ts";
import { decodeScalar, encodeScalar, isScalar, type JsonScalar } from "./scalar.ts";

/** Anything that {@link save} takes and {@link load} gives back. */
export type Tree = unknown;

/**
 * A tree without its elements, as it is kept in a record: the first entry says what the node is.
 * `o`bject and `m`ap with their entries, `a`rray with its items, `l`eaf with its number, `s`calar with its value.
 */
export type Node =
  | readonly ["o", readonly (readonly [string, Node])[]]
  | readonly ["m", readonly (readonly [JsonScalar, Node])[]]
  | readonly ["a", readonly Node[]]
  | readonly ["l", number]
  | readonly ["s", JsonScalar];

export interface Leaf {
  /** Where it stands, as text: equal in two trees if it stands at the same place. */
  readonly path: string;
  readonly value: object;
  readonly codec: Codec;
}

export interface Outline {
  readonly root: Node;
  /** Each object once, however often it stands in the tree. */
  readonly leaves: readonly Leaf[];
}

/**
 * Parts a tree into what it looks like and its leaves.
 * @throws TypeError naming the place of what cannot be saved: functions, symbols, instances of classes, undefined, and
 * what contains itself
 */
export function outlineOf(tree: Tree): Outline {
  const leaves: Leaf[] = [];
  const numbers = new Map<unknown, number>();
  const parents = new Set<unknown>();

  const nodeOf = (value: unknown, path: string): Node => {
    if (isScalar(value)) return ["s", encodeScalar(value)];
    const codec = codecOf(value);
    if (codec !== undefined) {
      const known = numbers.get(value);
      if (known !== undefined) return ["l", known];
      numbers.set(value, leaves.length);
      leaves.push({ path, value: value as object, codec });
      return ["l", leaves.length - 1];
    }
    if (parents.has(value)) throw refusal(path, "it contains itself");
    parents.add(value);
    const node = containerNode(value, path);
    parents.delete(value);
    return node;
  };
  const containerNode = (value: unknown, path: string): Node => {
    const below = (key: unknown, child: unknown): Node => nodeOf(child, path + stepText(key));
    // Gaps of an array too: they are undefined.
    if (Array.isArray(value)) return ["a", Array.from(value, (item, index) => below(index, item))];
    if (value instanceof Map) {
      const dates = new Set<number>();
      const entries = [...value].map(([key, item]): [JsonScalar, Node] => {
        if (!isScalar(key)) throw refusal(path, "it is a Map with a key that is no scalar");
        if (key instanceof Date) {
          if (dates.has(key.getTime())) throw refusal(path, "it is a Map with two keys that are the same date");
          dates.add(key.getTime());
        }
        return [encodeScalar(key), below(key, item)];
      });
      return ["m", entries];
    }
    if (isPlainObject(value)) return ["o", Object.entries(value).map(([key, item]) => [key, below(key, item)])];
    throw refusal(path, `it is ${describe(value)}`);
  };
  return { root: nodeOf(tree, rootPath), leaves };
}

/** A tree that looks like one that was saved. */
export interface SameOutline {
  /** The saved one's where all scalars are the same; nodes that do not differ are its nodes. */
  readonly root: Node;
  readonly contents: readonly LeafContent[];
}

/**
 * What a tree is now, if it has the containers and keys of a version's, and the very same tensors and n-d arrays in the same
 * places; undefined for others. A loop saves such trees over and over, and comparing takes less than outlining.
 */
export function outlineAgain(tree: Tree, { root, leaves }: Version): SameOutline | undefined {
  const contents: LeafContent[] = [];
  const nodeOf = (value: unknown, node: Node): Node | undefined => {
    switch (node[0]) {
      case "s": {
        if (!isScalar(value)) return undefined;
        const scalar = encodeScalar(value);
        return scalar === node[1] ? node : ["s", scalar];
      }
      case "l": {
        const content = knownContentOf(value);
        // Each leaf has a form object of its own, so this is the same leaf.
        if (content === undefined || content.form !== leaves[node[1]].form) return undefined;
        contents[node[1]] = content;
        return node;
      }
      case "a": {
        const items = Array.isArray(value) ? itemsAgain(value, node[1], nodeOf) : undefined;
        return items === node[1] ? node : items && ["a", items];
      }
      case "m": {
        const entries = value instanceof Map ? entriesAgain(value, value.size, node[1], nodeOf) : undefined;
        return entries === node[1] ? node : entries && ["m", entries];
      }
      default: {
        const now = isPlainObject(value) ? Object.entries(value) : undefined;
        const entries = now && entriesAgain(now, now.length, node[1], nodeOf);
        return entries === node[1] ? node : entries && ["o", entries];
      }
    }
  };
  const same = nodeOf(tree, root);
  return same && { root: same, contents };
}

type NodeAgain = (value: unknown, node: Node) => Node | undefined;

function itemsAgain(now: readonly unknown[], known: readonly Node[], again: NodeAgain): readonly Node[] | undefined {
  if (now.length !== known.length) return undefined;
  let items: Node[] | undefined;
  for (const [at, node] of known.entries()) {
    const item = again(now[at], node);
    if (item === undefined) return undefined;
    if (item !== node) (items ??= [...known])[at] = item;
  }
  return items ?? known;
}

function entriesAgain<Key>(
  now: Iterable<readonly [unknown, unknown]>,
  count: number,
  known: readonly (readonly [Key, Node])[],
  again: NodeAgain,
): readonly (readonly [Key, Node])[] | undefined {
  if (count !== known.length) return undefined;
  let entries: (readonly [Key, Node])[] | undefined;
  let at = 0;
  for (const [key, value] of now) {
    const [knownKey, node] = known[at];
    const child = key === knownKey ? again(value, node) : undefined;
    if (child === undefined) return undefined;
    if (child !== node) (entries ??= [...known])[at] = [knownKey, child];
    at++;
  }
  return entries ?? known;
}

/** The tree of an outline, with its leaves as `openLeaf` gives them. */
export function treeOf(node: Node, openLeaf: (leaf: number) => unknown): Tree {
  switch (node[0]) {
    case "s":
      return decodeScalar(node[1]);
    case "l":
      return openLeaf(node[1]);
    case "a":
      return node[1].map((item) => treeOf(item, openLeaf));
    case "m":
      return new Map(node[1].map(([key, item]) => [decodeScalar(key), treeOf(item, openLeaf)]));
    case "o":
      // Makes a key "__proto__" a key, as assignment would not.
      return Object.fromEntries(node[1].map(([key, item]) => [key, treeOf(item, openLeaf)]));
    default:
      throw new TypeError(`Expected a node of a checkpoint, found ${JSON.stringify(node[0])}`);
  }
}

/**
 * The node at a path of keys and indices.
 * @throws RangeError if there is none
 */
export function nodeAt(root: Node, path: readonly unknown[]): Node {
  let node = root;
  for (const [depth, key] of path.entries()) {
    const next: Node | undefined = childOf(node, key);
    if (next === undefined) {
      const place =
        rootPath +
        path
          .slice(0, depth + 1)
          .map(stepText)
          .join("");
      throw new RangeError(`There is nothing at ${place} in this checkpoint`);
    }
    node = next;
  }
  return node;
}

function childOf(node: Node, key: unknown): Node | undefined {
  if (node[0] === "a") return Number.isInteger(key) ? node[1][key as number] : undefined;
  if (node[0] === "o") return node[1].find(([name]) => name === key)?.[1];
  return node[0] === "m" ? node[1].find(([name]) => Object.is(decodeScalar(name), key))?.[1] : undefined;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What paths begin with. */
const rootPath = "$";

/** What a key adds to a path: JSON where it is a string, so that `1` and `"1"` differ. */
function stepText(key: unknown): string {
  if (key instanceof Date) return `[date ${key.getTime()}]`;
  return typeof key === "string" ? `[${JSON.stringify(key)}]` : `[${typeof key} ${String(key)}]`;
}

function refusal(path: string, found: string): TypeError {
  return new TypeError(
    `What stands at ${path} cannot be saved: ${found}; save plain objects, Maps, arrays, tensors, n-d arrays, ` +
      `typed arrays and scalars`,
  );
}

function describe(value: unknown): string {
  if (typeof value !== "object") return value === undefined ? "undefined" : `a ${typeof value}`;
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === "string" ? `an instance of ${name}` : "an object with a prototype of its own";
}
