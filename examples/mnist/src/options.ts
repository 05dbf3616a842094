import { statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { TRAINING_IMAGES } from "./data-set-names.ts";
import type { Settings } from "./training.ts";

export interface Options {
  /** The shelf file. */
  readonly path: string;
  /** Whether the user chose it: then a file that is there is not replaced. */
  readonly pathGiven: boolean;
  /** As the shelf understands it: bytes, or text such as `128 MiB`. */
  readonly size: string;
  readonly settings: Settings;
  /** How many of the training images to use. */
  readonly images: number;
  readonly kills: number;
  /** The accuracy to reach, 0 to 1. */
  readonly accuracy: number;
  readonly keep: boolean;
  readonly json: boolean;
}

export const defaultSettings: Settings = {
  seed: 42,
  epochs: 3,
  batchSize: 200,
  hiddenUnits: 64,
  learningRate: 0.1,
  momentum: 0.9,
};

export const HELP: string = `npm start -- [options]

  --path <file or folder>  where the shelf goes (mnist.shelf in the working directory); a DAX mount makes it
                           persistent memory
  --size <size>            of the shelf (128 MiB)
  --seed <number>          of weights and batches (${defaultSettings.seed})
  --epochs <number>        of training (${defaultSettings.epochs})
  --images <number>        use only the first of the 60,000 training images
  --kills <number>         SIGKILLs to survive (3)
  --accuracy <percent>     that the network must reach (95)
  --keep                   leave the shelf file there at the end
  --json                   print the result as JSON and nothing else
  --help                   print this`;

/**
 * Reads the command line; null where help was asked for.
 * @throws TypeError with a message for the user where an option is unknown or makes no sense
 */
export function parseOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      path: { type: "string" },
      size: { type: "string", default: "128 MiB" },
      seed: { type: "string", default: String(defaultSettings.seed) },
      epochs: { type: "string", default: String(defaultSettings.epochs) },
      images: { type: "string", default: String(TRAINING_IMAGES) },
      kills: { type: "string", default: "3" },
      accuracy: { type: "string", default: "95" },
      keep: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  return {
    path: fileAt(values.path ?? "mnist.shelf"),
    pathGiven: values.path !== undefined,
    size: values.size,
    settings: {
      ...defaultSettings,
      seed: integer("seed", values.seed, 0, 2 ** 31 - 1),
      epochs: integer("epochs", values.epochs, 1, 1000),
    },
    // Fewer than this, and the training is over before it can be killed.
    images: integer("images", values.images, 1000, TRAINING_IMAGES),
    kills: integer("kills", values.kills, 1, 1000),
    accuracy: integer("accuracy", values.accuracy, 0, 100) / 100,
    keep: values.keep,
    json: values.json,
  };
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most)
    throw new TypeError(`--${name}: expected a whole number from ${least} to ${most}, found ${JSON.stringify(text)}`);
  return value;
}

function fileAt(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, "mnist.shelf") : path;
}
