/** In-place arithmetic on ten million elements beside the loop that one would write over typed arrays. */

import { type Contender, type Medium, type RunContext, secondsOf, type Workload } from "@nodemm/bench";
import { asarray, type DataOf, dtypeInfo, type NDArray } from "@nodemm/ndarray-pm";

import { openBenchShelf } from "./shelf.ts";

type DTypeName = "float64" | "float32" | "int32";
type Data = DataOf<DTypeName>;
type Operation = "iadd" | "imul" | "fill";

const OPERATIONS = ["iadd", "imul", "fill"] as const;
const DTYPES = ["float64", "float32", "int32"] as const;

const countOf = ({ quick }: RunContext): number => (quick ? 1e6 : 1e7);

/** In DRAM with a bar; on a shelf, where an operation is failure-atomic and durable besides, beside the same loop. */
export function inPlaceWorkloads(medium: Medium): Workload[] {
  return DTYPES.flatMap((dtype) =>
    OPERATIONS.flatMap((operation) => [
      workload(operation, dtype, inDram(operation, dtype), medium, "dram", 1.1),
      workload(operation, dtype, onShelf(operation, dtype, medium), medium, medium.id),
    ]),
  );
}

function workload(
  operation: Operation,
  dtype: DTypeName,
  ours: Contender,
  medium: Medium,
  place: string,
  bar?: number,
): Workload {
  return {
    id: `${operation}-${dtype}.${place}`,
    title: `${operation} of 10 M ${dtype} ${place === "dram" ? "in DRAM" : "on a shelf, failure-atomic"}`,
    unit: "ms",
    better: "lower",
    directory: medium.directory,
    samples: place === "dram" ? 15 : 5,
    warmups: 3,
    ours,
    peers: [{ ...plainLoop(operation, dtype), ...(bar !== undefined && { bar }) }],
  };
}

/** Values that stay what they are under every operation, so that no sample differs from another. */
function operands(dtype: DTypeName, operation: Operation, count: number): [Data, Data] {
  const [a, b] = [dtypeInfo(dtype).allocate(count), dtypeInfo(dtype).allocate(count)];
  return [a.fill(3), b.fill(operation === "iadd" ? 0 : 1)];
}

function run(operation: Operation, x: NDArray<DTypeName>, y: NDArray<DTypeName>): number {
  return secondsOf(() => (operation === "fill" ? x.fill(1) : x[operation](y))) * 1e3;
}

function inDram(operation: Operation, dtype: DTypeName): Contender {
  return {
    name: "n-d array",
    start(context) {
      const [x, y] = operands(dtype, operation, countOf(context)).map((data) => asarray(data) as NDArray<DTypeName>);
      return { durability: "none", sample: () => run(operation, x, y) };
    },
  };
}

function onShelf(operation: Operation, dtype: DTypeName, medium: Medium): Contender {
  return {
    name: "n-d array on a shelf",
    start(context) {
      const [a, b] = operands(dtype, operation, countOf(context));
      const shelf = openBenchShelf(medium, "512 MiB");
      shelf.set("x", asarray(a) as NDArray<DTypeName>);
      const x = shelf.get("x") as NDArray<DTypeName>;
      const y = asarray(b) as NDArray<DTypeName>;
      return {
        durability: `${shelf.durability.survives} (${shelf.granularity} granularity)`,
        sample: () => run(operation, x, y),
        stop: () => shelf.close(),
      };
    },
  };
}

function plainLoop(operation: Operation, dtype: DTypeName): Contender {
  return {
    name: operation === "fill" ? "typed array's fill" : "plain loop",
    start(context) {
      const [a, b] = operands(dtype, operation, countOf(context));
      const loop = LOOPS[dtype][operation] as (a: Data, b: Data) => void;
      return { durability: "none", sample: () => secondsOf(() => loop(a, b)) * 1e3 };
    },
  };
}

/** Each loop for its element type alone, as one writes it for a program that has one type. */
const LOOPS = {
  float64: {
    iadd(a: Float64Array, b: Float64Array): void {
      for (let index = 0; index < a.length; index++) a[index] += b[index];
    },
    imul(a: Float64Array, b: Float64Array): void {
      for (let index = 0; index < a.length; index++) a[index] *= b[index];
    },
    fill: (a: Float64Array): unknown => a.fill(1),
  },
  float32: {
    iadd(a: Float32Array, b: Float32Array): void {
      for (let index = 0; index < a.length; index++) a[index] += b[index];
    },
    imul(a: Float32Array, b: Float32Array): void {
      for (let index = 0; index < a.length; index++) a[index] *= b[index];
    },
    fill: (a: Float32Array): unknown => a.fill(1),
  },
  int32: {
    iadd(a: Int32Array, b: Int32Array): void {
      for (let index = 0; index < a.length; index++) a[index] += b[index];
    },
    imul(a: Int32Array, b: Int32Array): void {
      for (let index = 0; index < a.length; index++) a[index] = Math.imul(a[index], b[index]);
    },
    fill: (a: Int32Array): unknown => a.fill(1),
  },
};
