import { type Layers, LAYER_NAMES, layerShapes } from "@nodemm/example-mnist/network";

import { hiddenUnits } from "./settings.ts";

const lengths = LAYER_NAMES.map((name) => layerShapes(hiddenUnits)[name].reduce((a, b) => a * b));

/** The number of parameters of the network. */
export const parameterCount: number = lengths.reduce((a, b) => a + b);

/** The layers of a network whose parameters lie one after another: the same memory. */
export function layersIn(parameters: Float32Array): Layers {
  let at = 0;
  const entries = LAYER_NAMES.map((name, index) => {
    const part = parameters.subarray(at, at + lengths[index]);
    at += lengths[index];
    return [name, part] as const;
  });
  return Object.fromEntries(entries) as unknown as Layers;
}
