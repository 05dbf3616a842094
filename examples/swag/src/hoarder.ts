/** The same limit, without a shelf: keeps as many samples in DRAM as asked, or fails to. */
import { parameterCount } from "./parameters.ts";
import type { Settings } from "./settings.ts";

const settings = JSON.parse(process.argv[2]) as Settings;
const samples: Float32Array[] = [];
try {
  while (samples.length < settings.samples) samples.push(new Float32Array(parameterCount).fill(samples.length));
  console.log(`${samples.length} of ${settings.samples}`);
} catch (error) {
  console.log(`${samples.length} of ${settings.samples}, then ${String(error)}`);
  process.exitCode = 1;
}
