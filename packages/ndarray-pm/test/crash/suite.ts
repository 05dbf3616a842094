import type { CrashSuite, Exploration } from "@nodemm/crash";
import { type CrashContext, dram, type ExploreOptions } from "@nodemm/emulator";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { nameArrived } from "../../src/files/publish.ts";
import { arange, array, type NDArray, ndarrayCodec, zeros } from "../../src/index.ts";

type Elements = NDArray<any>;

/** What is done to one array of a shelf. */
interface Work {
  readonly name: string;
  readonly make: () => Elements;
  /** Changes in place that are all or nothing, each; tried on a copy in DRAM to know what they lead to. */
  readonly changes: readonly ((x: Elements) => void)[];
}

const rows = 6;
const columns = 20;

function grid(): Elements {
  return arange(rows * columns).reshape(rows, columns);
}

const works: readonly Work[] = [
  {
    name: "contiguous arithmetic",
    make: grid,
    changes: [(x) => x.iadd(1), (x) => x.imul(arange(columns)), (x) => x.fill(3), (x) => x.isub(x)],
  },
  {
    name: "views with gaps",
    make: grid,
    changes: [
      (x) => x.slice(null, 2).iadd(1),
      (x) => x.slice([1, 4], [3, 15]).imul(2),
      (x) => x.slice("::2").flip(1).iadd(1),
      (x) => x.slice(null, [0, 4]).assign(x.slice(null, [4, 8])),
    ],
  },
  {
    name: "more ranges than are saved at a time",
    make: () => zeros([8400], "uint8"),
    changes: [(x) => x.slice("::2").iadd(1)],
  },
];

function explorationOf({ name, make, changes }: Work): Exploration {
  return {
    name,
    options: (limits): ExploreOptions<string> => ({
      ...limits,
      create: () => dram({ size: 512 * 1024 }),
      workload(region, context) {
        const shelf = openWith(region);
        shelf.set("x", make());
        const x = shelf.get("x") as Elements;
        for (const change of changes) {
          const after = array(x);
          change(after);
          context.expect(textOf(x), textOf(after));
          change(x);
          context.expect(textOf(x));
        }
        storeAndPersist(x, context);
      },
      verify: (region, context) => verify(region, context),
    }),
  };
}

/** Plain stores to elements of the array are torn by a crash; after `persist` of a view of them they are not. */
function storeAndPersist(x: Elements, context: CrashContext<string>): void {
  const store = (isStored: (index: number) => boolean, persist: () => void): void => {
    const { data } = x;
    const after = data.map((element: number, index: number) => (isStored(index) ? element + 5 : element));
    context.expect(`${textOf(x)}${torn}${after.join()}`);
    data.set(after);
    persist();
    context.expect(textOf(x));
  };
  store(
    () => true,
    () => x.persist(),
  );
  if (x.ndim < 2) return;
  store(
    (index) => index % columns < 4,
    () => x.slice(null, [0, 4]).persist(),
  );
  store(
    (index) => Math.floor(index / columns) === 1,
    () => x.persist(columns, columns),
  );
}

const torn = " torn to ";

/** Arrays that were loaded from a file take their names together. */
const naming: Exploration = {
  name: "arrays that have arrived take their names",
  options: (limits): ExploreOptions<string> => ({
    ...limits,
    create: () => dram({ size: 512 * 1024 }),
    workload(region, context) {
      const shelf = openWith(region);
      const names = ["a", "b"];
      for (const name of names) shelf.set(name, zeros([3])).set(`${name} (loading)`, arange(3));
      context.expect("0,0,0 0,0,0", "0,1,2 0,1,2");
      nameArrived(shelf, names);
      context.expect("0,1,2 0,1,2");
    },
    verify(region, context) {
      if (context.expected.length === 0) return;
      const shelf = openWith(region);
      const found = ["a", "b"].map((name) => textOf(shelf.get(name) as Elements)).join(" ");
      if (!context.expected.includes(found))
        throw new Error(`found ${found}, expected ${context.expected.join(" or ")}`);
      context.expect(found);
      shelf.close();
    },
  }),
};

function verify(region: Parameters<typeof openShelf>[0], context: CrashContext<string>): void {
  // While the shelf and its array come to be, nothing is claimed.
  if (context.expected.length === 0) return;
  const shelf = openWith(region);
  const x = shelf.get("x") as Elements;
  const found = textOf(x);
  if (!context.expected.some((expected) => fits(found, expected))) {
    throw new Error(`found ${found}, expected ${context.expected.join(" or ")}`);
  }
  context.expect(found);
  if (context.crashes === 1) x.iadd(0);
  shelf.close();
}

function fits(found: string, expected: string): boolean {
  const [before, after] = expected.split(torn).map((text) => text.split(","));
  if (after === undefined) return found === expected;
  return found.split(",").every((element, index) => element === before[index] || element === after[index]);
}

function openWith(region: Parameters<typeof openShelf>[0]): Shelf {
  return openShelf(region, { types: [ndarrayCodec] });
}

function textOf(x: Elements): string {
  return x.data.join();
}

/** In-place operations on an array of a shelf happen whole or not at all; `persist` makes plain stores durable. */
const suite: CrashSuite = {
  name: "ndarray-pm",
  explorations: [...works.map(explorationOf), naming],
  savesThroughShelf: true,
  unexplored: [
    {
      call: "storage.drain()",
      reason:
        "an exploration is synchronous; of `persistAsync` these are the flushes and drains of `persist`, in turns",
    },
  ],
};

export default suite;
