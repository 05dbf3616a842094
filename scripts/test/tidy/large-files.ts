/** Files that are one concept though they are long, with the reason. */
export const largeFiles: ReadonlyMap<string, string> = new Map([
  [
    "packages/pmem-native/src/mapped-region.ts",
    "a method for each verb of the region contract, over private state that only one class can share",
  ],
]);
