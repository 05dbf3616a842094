/**
 * The test suites of the packages that run in the emulated machine, on persistent memory: one line a package. The others
 * of its tests either reach no file or would take hours there.
 */
export interface Suite {
  /** The package's folder. */
  readonly folder: string;
  /** What its test files begin with; all of them run where it is empty. */
  readonly files: readonly string[];
  /** The same in the short form, which runs them on one medium; none run where it is empty. */
  readonly short: readonly string[];
  /** Of these files, those that are about syncs of pages, which memory with DAX does not need. */
  readonly pagesOnly?: readonly string[];
}

export const suites: readonly Suite[] = [
  {
    folder: "packages/pmem-native",
    files: [],
    short: ["test/map-file", "test/bus-fault"],
    pagesOnly: ["test/granularity", "test/sync"],
  },
  {
    folder: "packages/shelf",
    files: ["test/shelf", "test/file", "test/transaction", "test/failure", "test/bad-place"],
    short: ["test/file"],
  },
  {
    folder: "packages/ndarray-pm",
    files: ["test/shelf", "test/codec", "test/durability"],
    short: [],
  },
  { folder: "packages/tensor-pm", files: ["test/tensor", "test/sgd"], short: ["test/sgd"] },
];

/** Tests that only the emulated machine can run. */
export function own(...names: readonly string[]): Pick<Suite, "folder" | "files"> {
  return { folder: "vm/guest/test", files: names };
}
