/** One element at a time, by indices: `x.get(i, j)` beside `data[i * columns + j]`. */

import { type Contender, type Medium, secondsOf, type Workload } from "@nodemm/bench";
import { asarray, type NDArray, zeros } from "@nodemm/ndarray-pm";

const ROWS = 1000;
const COLUMNS = 1000;
const PASSES = 5;

export function elementAccessWorkloads({ directory }: Medium): Workload[] {
  const allocated = (): NDArray<"float64"> => asarray(new Float64Array(ROWS * COLUMNS), [ROWS, COLUMNS]);
  const pending = (): NDArray<"float64"> => zeros([ROWS, COLUMNS]);
  return [
    workload(directory, "get", "of an array", allocated, sumOf, sumOfRaw, 3),
    workload(directory, "get-first", "of a new zeros()", pending, sumOf, sumOfRaw, 3),
    workload(directory, "set", "of an array", allocated, setAll, setAllRaw),
    workload(directory, "set-first", "of a new zeros()", pending, setAll, setAllRaw),
  ];
}

function workload(
  directory: string,
  id: string,
  what: string,
  make: () => NDArray<"float64">,
  access: (x: NDArray<"float64">) => number,
  accessRaw: (data: Float64Array) => number,
  bar?: number,
): Workload {
  return {
    id: `element-${id}`,
    title: `${id.startsWith("get") ? "get(i, j)" : "set(i, j, value)"} ${what}, float64 [1000, 1000]`,
    unit: "ns",
    better: "lower",
    directory,
    samples: 21,
    warmups: 5,
    ours: contender("n-d array", make, access),
    peers: [
      {
        ...contender("data[i * columns + j]", () => new Float64Array(ROWS * COLUMNS), accessRaw),
        ...(bar !== undefined && { bar }),
      },
    ],
  };
}

function contender<Data>(name: string, make: () => Data, access: (data: Data) => number): Contender {
  return {
    name,
    start: () => ({
      durability: "none",
      sample() {
        const data = make();
        let checksum = 0;
        const seconds = secondsOf(() => {
          for (let pass = 0; pass < PASSES; pass++) checksum += access(data);
        });
        if (Number.isNaN(checksum)) throw new Error("expected numbers, found NaN");
        return (seconds * 1e9) / (PASSES * ROWS * COLUMNS);
      },
    }),
  };
}

function sumOf(x: NDArray<"float64">): number {
  let sum = 0;
  for (let i = 0; i < ROWS; i++) for (let j = 0; j < COLUMNS; j++) sum += x.get(i, j);
  return sum;
}

function sumOfRaw(data: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < ROWS; i++) for (let j = 0; j < COLUMNS; j++) sum += data[i * COLUMNS + j];
  return sum;
}

function setAll(x: NDArray<"float64">): number {
  for (let i = 0; i < ROWS; i++) for (let j = 0; j < COLUMNS; j++) x.set(i, j, i + j);
  return 0;
}

function setAllRaw(data: Float64Array): number {
  for (let i = 0; i < ROWS; i++) for (let j = 0; j < COLUMNS; j++) data[i * COLUMNS + j] = i + j;
  return 0;
}
