import { nativeKernels } from "./load.ts";

/** Shorter arrays would have few large pages, or none. */
const bytesMin: number = 4 * 2 ** 20;

/**
 * A new typed array, which nothing has been stored in yet, on large pages where it is long and the system has them, as
 * NumPy's arrays are: the first use of 80 MB takes 40 page faults instead of 20,000, and every later one fewer looks at
 * page tables. Only advice: the array is the same.
 */
export function onLargePages<Data extends ArrayBufferView>(data: Data): Data {
  if (data.byteLength >= bytesMin) nativeKernels()?.askForLargePages(data);
  return data;
}
