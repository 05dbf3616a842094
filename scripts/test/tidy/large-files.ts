/** Files that are one concept though they are long, with the reason. */
export const largeFiles: ReadonlyMap<string, string> = new Map([
  ["packages/ndarray-pm/src/ndarray.ts", "one class: its methods are a line or two each, their documentation the rest"],
]);
