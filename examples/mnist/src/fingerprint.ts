import { createHash } from "node:crypto";

import { type Layers, LAYER_NAMES } from "./network.ts";

/** SHA-256 of every bit of weights and momentum, in hexadecimal: equal only where both are bit-identical. */
export function fingerprint(weights: Layers, velocity: Layers): string {
  const hash = createHash("sha256");
  for (const layers of [weights, velocity]) for (const name of LAYER_NAMES) hash.update(layers[name]);
  return hash.digest("hex");
}
