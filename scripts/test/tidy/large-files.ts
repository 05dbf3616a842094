/** Files that are one concept though they are long, with the reason. */
export const largeFiles: ReadonlyMap<string, string> = new Map();
