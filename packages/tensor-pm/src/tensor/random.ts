/** The stream of random numbers that operations without a generator of their own take from. */
import { defaultRng, type RandomGenerator } from "@nodemm/ndarray-pm";

let generator: RandomGenerator | undefined;

export function defaultGenerator(): RandomGenerator {
  return (generator ??= defaultRng(globalThis.crypto.getRandomValues(new Uint32Array(1))[0]));
}

/**
 * Starts the stream of random numbers anew from a seed, a safe integer: `uniform_` and `normal_` then give the same numbers
 * on every machine (not PyTorch's). Without it the stream starts anywhere.
 * @throws RangeError if the seed is none
 */
export function manualSeed(seed: number): void {
  generator = defaultRng(seed);
}
