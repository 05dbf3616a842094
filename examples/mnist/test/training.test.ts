import { describe, expect, it } from "vitest";

import { array, asarray } from "@nodemm/ndarray-pm";
import { tensor } from "@nodemm/tensor-pm";

import { fingerprint as fingerprintOf } from "../src/fingerprint.ts";
import { LAYER_NAMES, PIXELS } from "../src/network.ts";
import {
  eachLayer,
  elementsOf,
  type Examples,
  optimiserOf,
  type Settings,
  stateInMemory,
  stepsInTotal,
  Trainer,
  type TrainingState,
} from "../src/training.ts";

const SETTINGS: Settings = { seed: 7, epochs: 2, batchSize: 8, hiddenUnits: 8, learningRate: 0.05, momentum: 0.9 };

/** Ten easy classes: a digit is a bright column at its own place. */
function examples(count: number): Examples {
  const images = new Uint8Array(count * PIXELS);
  const labels = Uint8Array.from({ length: count }, (_, index) => index % 10);
  for (const [index, label] of labels.entries())
    for (let row = 0; row < 28; row++) images[index * PIXELS + row * 28 + label * 2 + 4] = 200 + (index % 50);
  return { images: asarray(images, [count, 28, 28]), labels: asarray(labels) };
}

function run(state: TrainingState, data: Examples, steps = Infinity): void {
  const trainer = new Trainer(state, data);
  for (let taken = 0; taken < steps && !trainer.done; taken++) trainer.step();
}

/** Carries a state over as a shelf would: by its values alone. */
function copy(state: TrainingState): TrainingState {
  const { settings, step, epoch } = state;
  const parameters = eachLayer((name) => tensor(state.parameters[name], "float32"));
  const optimiser = optimiserOf(parameters, settings);
  for (const name of LAYER_NAMES) optimiser.velocities[name].copy_(state.optimiser.velocities[name]);
  const [random, losses] = [array(state.random), array(state.losses)];
  return { settings, parameters, optimiser, random, losses, step, epoch, update: (_, change) => change() };
}

/** Every value of a state that changes. */
function values(state: TrainingState): unknown[] {
  return [fingerprint(state), state.random.toArray(), state.losses.toArray(), state.step, state.epoch];
}

function fingerprint({ parameters, optimiser }: TrainingState): string {
  return fingerprintOf(elementsOf(parameters), elementsOf(optimiser.velocities));
}

describe("training", () => {
  const data = examples(80);

  it("the same settings end in the same bits, another seed in others", () => {
    const [a, b, c] = [SETTINGS, SETTINGS, { ...SETTINGS, seed: 8 }].map((each) => stateInMemory(each, 80));
    for (const state of [a, b, c]) run(state, data);
    expect(fingerprint(a)).toBe(fingerprint(b));
    expect(fingerprint(a)).not.toBe(fingerprint(c));
  });

  it("a training that is taken up again after any step ends in the same bits", () => {
    const whole = stateInMemory(SETTINGS, 80);
    run(whole, data);
    for (const cut of [1, 9, 10, 11, 19]) {
      const begun = stateInMemory(SETTINGS, 80);
      run(begun, data, cut);
      const resumed = copy(begun);
      run(resumed, data);
      expect(fingerprint(resumed)).toBe(fingerprint(whole));
      expect(resumed.losses.toArray()).toEqual(whole.losses.toArray());
    }
  });

  it("everything that changes changes inside the update", () => {
    const state = stateInMemory(SETTINGS, 80);
    const before = values(state);
    let updates = 0;
    const watched: TrainingState = { ...state, update: () => void updates++ };
    new Trainer(watched, data).step();
    expect(updates).toBe(1);
    expect(values(watched)).toEqual(before);
  });

  it("step, epoch and loss history follow the steps taken", () => {
    const state = stateInMemory(SETTINGS, 80);
    run(state, data, 10);
    expect([state.step, state.epoch]).toEqual([10, 1]);
    expect(state.losses.data.slice(0, 10).every((loss) => loss > 0)).toBe(true);
    expect(state.losses.get(10)).toBe(0);
    run(state, data);
    expect([state.step, state.epoch]).toEqual([stepsInTotal(SETTINGS, 80), 2]);
  });

  it("what the network was shown it learns to classify", () => {
    const state = stateInMemory({ ...SETTINGS, epochs: 30 }, 80);
    run(state, data);
    expect(new Trainer(state, data).accuracy(data)).toBeGreaterThan(0.95);
    expect(LAYER_NAMES.every((name) => elementsOf(state.parameters)[name].every(Number.isFinite))).toBe(true);
  });
});
