import { type List, openShelf } from "@nodemm/shelf";

/**
 * The largest error of mean and standard deviation on the shelf, in standard deviations, among some parameters: computed
 * anew from the samples, in another way.
 */
export function auditPosterior(path: string, parameters: number): { readonly samples: number; readonly error: number } {
  const shelf = openShelf(path);
  try {
    const samples = shelf.get("samples") as List<Float32Array>;
    const [mean, variance] = [shelf.get("mean") as Float32Array, shelf.get("variance") as Float32Array];
    let error = 0;
    for (let index = 0; index < parameters; index++) {
      const at = Math.floor((index * mean.length) / parameters);
      const values = Float64Array.from(samples.toArray(), (sample) => sample[at]);
      const average = values.reduce((sum, value) => sum + value, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length);
      // A pixel that is always 0 has a weight that never changes.
      const unit = Math.max(deviation, 1e-4);
      error = Math.max(
        error,
        Math.abs(average - mean[at]) / unit,
        Math.abs(deviation - Math.sqrt(variance[at])) / unit,
      );
    }
    return { samples: samples.length, error };
  } finally {
    shelf.close();
  }
}
