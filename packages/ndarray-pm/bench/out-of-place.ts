/** Operations that give new arrays, on ten million elements, beside NumPy and beside the loop over typed arrays. */

import {
  type Contender,
  type Medium,
  type Peer,
  pythonPeer,
  type RunContext,
  secondsOf,
  type Workload,
} from "@nodemm/bench";
import { asarray, defaultRng, matmul, type NDArray, sort } from "@nodemm/ndarray-pm";

import { openBenchShelf } from "./shelf.ts";

type DTypeName = "float64" | "float32" | "int32";
type Operation = "add" | "multiply" | "less" | "sum" | "min" | "max" | "dot" | "transposed-add" | "matmul" | "sort";
type Numbers = Float64Array | Float32Array | Int32Array;

const CLASSES = { float64: Float64Array, float32: Float32Array, int32: Int32Array } as const;
const SIDE = 1024;
const nodeMajor = Number(process.versions.node.split(".")[0]);

/** What each operation must reach of NumPy's speed and of the plain loop's, as times: at most so many times theirs. */
interface Case {
  readonly operation: Operation;
  readonly dtypes: readonly DTypeName[];
  readonly numpyBar?: number;
  readonly loopBar?: number;
}

// On the oldest Node the measure of elementwise operations is the plain loop, on later ones NumPy.
const elementwise = nodeMajor >= 24 ? { numpyBar: 1 / 0.8 } : { loopBar: 1 };
const cases: readonly Case[] = [
  { operation: "add", dtypes: ["float64", "float32", "int32"], ...elementwise },
  { operation: "multiply", dtypes: ["float64", "float32", "int32"], ...elementwise },
  { operation: "less", dtypes: ["float64", "float32", "int32"], ...elementwise },
  { operation: "sum", dtypes: ["float64", "float32", "int32"], numpyBar: 1 / 0.8 },
  { operation: "min", dtypes: ["float64"], numpyBar: 1 / 0.8 },
  { operation: "max", dtypes: ["float64", "float32", "int32"], numpyBar: 1 / 0.8 },
  { operation: "dot", dtypes: ["float64", "float32"], numpyBar: 1 / 0.8 },
  { operation: "transposed-add", dtypes: ["float64"], numpyBar: 1 / 0.7 },
  { operation: "matmul", dtypes: ["float64", "float32"], loopBar: 1 / 5 },
  { operation: "sort", dtypes: ["float64"], numpyBar: 1 },
];

export function outOfPlaceWorkloads(medium: Medium): Workload[] {
  return cases.flatMap((each) =>
    each.dtypes.flatMap((dtype) => ["dram", medium.id].map((place) => workload(each, dtype, medium, place))),
  );
}

function countOf(operation: Operation, { quick }: RunContext): number {
  if (operation === "matmul") return quick ? (SIDE / 2) ** 2 : SIDE ** 2;
  return quick ? 1e6 : 1e7;
}

function workload(each: Case, dtype: DTypeName, medium: Medium, place: string): Workload {
  const { operation, numpyBar, loopBar } = each;
  const slow = operation === "sort" || operation === "matmul";
  const title = operation === "matmul" ? `matmul of ${SIDE} x ${SIDE} ${dtype}` : `${operation} of 10 M ${dtype}`;
  return {
    id: `${operation}-${dtype}.out-of-place.${place}`,
    title: `${title}, ${place === "dram" ? "from DRAM" : "from a shelf"}`,
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: slow ? 3 : 9,
    warmups: slow ? 1 : 3,
    ours: ours(operation, dtype, place === "dram" ? undefined : medium),
    peers: [
      pythonPeer({
        name: "NumPy",
        source: new URL("../numpy-peer.py", import.meta.url),
        module: "numpy",
        needs: "python3-numpy",
        arguments: (context) => [operation, dtype, String(countOf(operation, context))],
        ...(numpyBar !== undefined && { bar: numpyBar }),
      }),
      plainLoop(operation, dtype, loopBar),
    ],
  };
}

/** The operands: the same numbers as NumPy's. */
function operands(operation: Operation, dtype: DTypeName, context: RunContext): [Numbers, Numbers] {
  const count = countOf(operation, context);
  const random =
    operation === "sort" || operation === "matmul" ? defaultRng(7).random({ shape: count }).data : undefined;
  const a: Numbers = new CLASSES[dtype](count);
  for (let at = 0; at < count; at++) a[at] = random?.[at] ?? at % 1000;
  return [a, operation === "matmul" ? a.slice() : new CLASSES[dtype](count).fill(3)];
}

function ours(operation: Operation, dtype: DTypeName, medium: Medium | undefined): Contender {
  return {
    name: medium === undefined ? "n-d array" : "n-d array on a shelf",
    start(context) {
      // Copies, so that they are arrays as the package makes them, on large pages, as NumPy's are.
      const [a, b] = operands(operation, dtype, context).map(
        (data) => asarray(data).copy() as unknown as NDArray<DTypeName>,
      );
      if (medium === undefined) return { durability: "none", sample: () => timeOf(operation, a, b) };
      const shelf = openBenchShelf(medium, "512 MiB");
      shelf.set("x", a);
      const x = shelf.get("x") as NDArray<DTypeName>;
      return { durability: "none", sample: () => timeOf(operation, x, b), stop: () => shelf.close() };
    },
  };
}

function timeOf(operation: Operation, a: NDArray<DTypeName>, b: NDArray<DTypeName>): number {
  const side = Math.floor(Math.sqrt(a.size));
  const square = (x: NDArray<DTypeName>): NDArray => x.slice([0, side * side]).reshape(side, side);
  return secondsOf(() => run(operation, a, b, square)) * 1e3;
}

function run(
  operation: Operation,
  a: NDArray<DTypeName>,
  b: NDArray<DTypeName>,
  square: (x: NDArray<DTypeName>) => NDArray,
): unknown {
  switch (operation) {
    case "add":
    case "multiply":
    case "less":
      return a[operation](b);
    case "sum":
    case "min":
    case "max":
      return a[operation]();
    case "dot":
      return a.matmul(b);
    case "transposed-add":
      return square(a).T.add(square(b));
    case "matmul":
      return matmul(square(a), square(b));
    case "sort":
      return sort(a);
    default:
      throw new TypeError(`no such operation: ${String(operation)}`);
  }
}

function plainLoop(operation: Operation, dtype: DTypeName, bar: number | undefined): Peer {
  return {
    name: operation === "sort" ? "typed array's sort" : "plain loop",
    ...(bar !== undefined && { bar }),
    start(context) {
      const [a, b] = operands(operation, dtype, context);
      // A loop of its own for each dtype, as one writes it for a program that has one type.
      // oxlint-disable-next-line typescript/no-implied-eval -- the text is the loop's, below
      const loop = new Function(`return ${LOOPS[operation].toString()}`)() as (a: Numbers, b: Numbers) => unknown;
      return { durability: "none", sample: () => secondsOf(() => loop(a, b)) * 1e3 };
    },
  };
}

type Loop = (a: Float64Array, b: Float64Array) => unknown;

const LOOPS: Readonly<Record<Operation, Loop>> = {
  add: (a, b) => {
    const out = new (a.constructor as Float64ArrayConstructor)(a.length);
    for (let k = 0; k < a.length; k++) out[k] = a[k] + b[k];
    return out;
  },
  multiply: (a, b) => {
    const out = new (a.constructor as Float64ArrayConstructor)(a.length);
    for (let k = 0; k < a.length; k++) out[k] = a[k] * b[k];
    return out;
  },
  less: (a, b) => {
    const out = new Uint8Array(a.length);
    for (let k = 0; k < a.length; k++) out[k] = a[k] < b[k] ? 1 : 0;
    return out;
  },
  sum: (a) => {
    let sum = 0;
    for (let k = 0; k < a.length; k++) sum += a[k];
    return sum;
  },
  min: (a) => {
    let least = Infinity;
    for (let k = 0; k < a.length; k++) if (a[k] < least) least = a[k];
    return least;
  },
  max: (a) => {
    let most = -Infinity;
    for (let k = 0; k < a.length; k++) if (a[k] > most) most = a[k];
    return most;
  },
  dot: (a, b) => {
    let sum = 0;
    for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
    return sum;
  },
  "transposed-add": (a, b) => {
    const side = Math.floor(Math.sqrt(a.length));
    const out = new (a.constructor as Float64ArrayConstructor)(side * side);
    for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) out[i * side + j] = a[j * side + i] + b[i * side + j];
    return out;
  },
  matmul: (a, b) => {
    const side = Math.floor(Math.sqrt(a.length));
    const out = new (a.constructor as Float64ArrayConstructor)(side * side);
    for (let i = 0; i < side; i++) {
      for (let j = 0; j < side; j++) {
        let sum = 0;
        for (let k = 0; k < side; k++) sum += a[i * side + k] * b[k * side + j];
        out[i * side + j] = sum;
      }
    }
    return out;
  },
  sort: (a) => a.slice().sort(),
};
