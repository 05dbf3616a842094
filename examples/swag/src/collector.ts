/**
 * The process with the limit: samples, appends to the shelf, then reads them all from there for the posterior, and predicts.
 * Killed and started again, it goes on after the last sample.
 */
import { list, type List, openShelf } from "@nodemm/shelf";

import { Chain } from "./chain.ts";
import { limitOfThisProcess, privateMiB } from "./limited.ts";
import { parameterCount } from "./parameters.ts";
import { fitPosterior, Sampler } from "./posterior.ts";
import { Predictor, type Score } from "./prediction.ts";
import { samplesPerCommit, type Settings } from "./settings.ts";

export interface Collected {
  readonly limitMiB: number;
  readonly peakPrivateMiB: number;
  /** What the samples take on the shelf. */
  readonly samplesMiB: number;
  readonly seconds: { readonly collecting: number; readonly fitting: number };
  readonly lastSample: Score;
  readonly mean: Score;
  readonly swag: Score;
}

interface Variables extends Record<string, unknown> {
  samples: List<Float32Array>;
  mean: Float32Array;
  variance: Float32Array;
}

const settings = JSON.parse(process.argv[2]) as Settings;
const sampleBytes = parameterCount * Float32Array.BYTES_PER_ELEMENT;
const shelf = openShelf<Variables>(settings.path, {
  size: `${Math.ceil((settings.samples * sampleBytes) / 2 ** 20) + 16} MiB`,
});
shelf.vars.samples ??= list<Float32Array>();
const { samples } = shelf.vars;
let peakPrivateMiB = 0;
const notePeak = (): void => {
  peakPrivateMiB = Math.max(peakPrivateMiB, privateMiB());
};

const begun = performance.now();
const chain = new Chain(settings, samples.length > 0 ? samples.at(-1) : undefined, samples.length);
while (samples.length < settings.samples) {
  const count = Math.min(samplesPerCommit, settings.samples - samples.length);
  // Durable on return, all of them or none.
  samples.append(...Array.from({ length: count }, () => chain.next()));
  notePeak();
}
const collected = performance.now();

const last = Array.from({ length: settings.rank }, (_, index) => samples.at(index - settings.rank));
const posterior = fitPosterior(samples, last);
shelf.transaction(() => {
  shelf.set("mean", posterior.mean);
  shelf.set("variance", posterior.variance);
});
notePeak();
const fitted = performance.now();

const predictor = new Predictor(settings.images);
const sampler = new Sampler(posterior, settings.seed);
function* draws(): Generator<Float32Array> {
  const parameters = new Float32Array(parameterCount);
  for (let count = 0; count < settings.draws; count++) {
    sampler.draw(parameters);
    yield parameters;
  }
}
const result: Collected = {
  limitMiB: limitOfThisProcess(),
  lastSample: predictor.score(predictor.predict([samples.at(-1)])),
  mean: predictor.score(predictor.predict([posterior.mean])),
  swag: predictor.score(predictor.predict(draws())),
  peakPrivateMiB: Math.max(peakPrivateMiB, privateMiB()),
  samplesMiB: (samples.length * sampleBytes) / 2 ** 20,
  seconds: { collecting: (collected - begun) / 1000, fitting: (fitted - collected) / 1000 },
};
shelf.close();
console.log(JSON.stringify(result));
