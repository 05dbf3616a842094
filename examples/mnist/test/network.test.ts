import { describe, expect, it } from "vitest";

import { initialise, layerShapes, LAYER_NAMES, Network, PIXELS, zeroLayers } from "../src/network.ts";
import { fingerprint } from "../src/fingerprint.ts";

/** A small generator (mulberry32) for test data. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const HIDDEN = 8;
const random = randomFrom(1);
const images = Uint8Array.from({ length: 6 * PIXELS }, () => (random() < 0.5 ? 0 : Math.floor(random() * 256)));
const labels = Uint8Array.from([0, 3, 9, 3, 1, 7]);
const batch = Int32Array.from([0, 1, 2, 3, 4, 5]);

function randomWeights(): ReturnType<typeof zeroLayers> {
  const weights = zeroLayers(HIDDEN);
  initialise(weights, randomFrom(2));
  return weights;
}

describe("network", () => {
  it("the gradient agrees with finite differences of the loss in every part", () => {
    const network = new Network(HIDDEN);
    const weights = randomWeights();
    const gradient = zeroLayers(HIDDEN);
    const unused = zeroLayers(HIDDEN);
    const loss = (): number => network.gradient(weights, unused, images, labels, batch);
    loss();
    network.gradient(weights, gradient, images, labels, batch);
    for (const name of LAYER_NAMES) {
      const values = weights[name];
      const largest = gradient[name].reduce(
        (best, value, index, all) => (Math.abs(value) > Math.abs(all[best]) ? index : best),
        0,
      );
      for (const index of [largest, 0, values.length - 1]) {
        const before = values[index];
        const nudge = 1e-3;
        values[index] = before + nudge;
        const above = loss();
        values[index] = before - nudge;
        const below = loss();
        values[index] = before;
        expect((above - below) / (2 * nudge)).toBeCloseTo(gradient[name][index], 2);
      }
      expect(Math.abs(gradient[name][largest])).toBeGreaterThan(0.01);
    }
  });

  it("with equal weights for all digits the loss is ln 10", () => {
    const weights = zeroLayers(HIDDEN);
    expect(new Network(HIDDEN).gradient(weights, zeroLayers(HIDDEN), images, labels, batch)).toBeCloseTo(Math.log(10));
  });

  it("the digit with the largest output is the answer", () => {
    const weights = zeroLayers(HIDDEN);
    weights.outputBias[3] = 1;
    expect(new Network(HIDDEN).countCorrect(weights, images, labels)).toBe(2);
  });

  it("descending along the gradient lowers the loss", () => {
    const network = new Network(HIDDEN);
    const weights = randomWeights();
    const gradient = zeroLayers(HIDDEN);
    const first = network.gradient(weights, gradient, images, labels, batch);
    for (const name of LAYER_NAMES)
      for (let index = 0; index < weights[name].length; index++) weights[name][index] -= 0.01 * gradient[name][index];
    expect(network.gradient(weights, gradient, images, labels, batch)).toBeLessThan(first);
  });

  it("hidden units must be a positive multiple of 4", () => {
    for (const units of [0, -4, 6, Number.NaN]) expect(() => layerShapes(units)).toThrow(RangeError);
  });

  it("the fingerprint tells one flipped bit, and weights from velocity", () => {
    const weights = randomWeights();
    const before = fingerprint(weights, zeroLayers(HIDDEN));
    expect(fingerprint(zeroLayers(HIDDEN), weights)).not.toBe(before);
    new Uint8Array(weights.outputBias.buffer)[0] ^= 1;
    expect(fingerprint(weights, zeroLayers(HIDDEN))).not.toBe(before);
  });
});
