/**
 * The test suites of the packages that run in the emulated machine, on persistent memory: one line a package. The others
 * of its tests either reach no file or would take hours there.
 */
export interface Suite {
  /** The package's folder. */
  readonly folder: string;
  /** What its test files are filtered by; all of them run where it is empty. */
  readonly files: readonly string[];
  /** Of these files, those that are about syncs of pages, which memory with DAX does not need. */
  readonly pagesOnly?: readonly string[];
}

export const suites: readonly Suite[] = [
  { folder: "packages/pmem-native", files: [], pagesOnly: ["test/granularity", "test/sync"] },
  {
    folder: "packages/shelf",
    files: ["test/shelf", "test/file", "test/transaction", "test/failure", "test/bad-place"],
  },
  { folder: "packages/ndarray-pm", files: ["test/shelf", "test/codec", "test/durability"] },
  { folder: "packages/tensor-pm", files: ["test/tensor", "test/sgd"] },
];

/** What the short form runs on each further medium, behind the region contract. */
export const shortSuites: readonly Suite[] = [{ folder: "packages/shelf", files: ["test/file"] }];

/** The tests that only the emulated machine can run. */
export const own = "vm";
