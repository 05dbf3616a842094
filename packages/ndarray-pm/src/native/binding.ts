import type { View } from "../view.ts";

/**
 * The addon's functions. Each checks every argument, and answers the number of a status where it has not done the work;
 * see `statuses`.
 */
export interface KernelBinding {
  /**
   * Numbers that go with a call, or come from it. For {@link binary}: the count of axes, their lengths, the outermost first,
   * and for each of out, a and b its offset and its step on each axis. For {@link matmul}: the rows and columns of out and the
   * inner length, and for each matrix its offset and the steps down and to the right. From {@link fold} and {@link dot}, at 0:
   * the status, where they answer undefined.
   */
  readonly frame: Float64Array;
  /** `out = a op b`. Undefined for success. */
  binary(code: number, out: View["data"], a: View["data"], b: View["data"]): number | undefined;
  /** `count` neighbours from `offset` on, folded: a bigint for sums of integers and for 64-bit elements. */
  fold(code: number, data: View["data"], offset: number, count: number): number | bigint | undefined;
  /** The sum of the products of two rows of neighbours. */
  dot(a: View["data"], aOffset: number, b: View["data"], bOffset: number, count: number): number | undefined;
  /** `out += a x b`. Undefined for success. */
  matmul(out: View["data"], a: View["data"], b: View["data"]): number | undefined;
  /** Sorts `count` neighbours from `offset` on. Undefined for success. */
  sort(data: View["data"], offset: number, count: number): number | undefined;
  /** Advises the system to put large pages under an array that nothing has been stored in yet. */
  askForLargePages(data: ArrayBufferView): number | undefined;
  /** Takes the kernels of a name, or the best; answers their name, or undefined where there are none. */
  choose(name: string | undefined): string | undefined;
  /** The most threads that one call uses; 0: as many as the process may use. */
  limitThreads(most: number): void;
}
