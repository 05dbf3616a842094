import { Random } from "../support/random.ts";
import { RandomSteps, type Scale, type Step } from "../support/operations.ts";

/** What a shelf must hold: its variables, in order, and how large it is. */
export interface Content {
  readonly variables: ReadonlyMap<string, unknown>;
  readonly sizeBytes: number;
}

/** A kind of shelf to torture. */
export interface Profile {
  readonly sizeBytes: number;
  /** How far it may grow. */
  readonly sizeBytesMax: number;
  readonly scale: Scale;
  /** How many names may come and go in one transaction. */
  readonly manyNames: number;
}

/** One operation of the workload. All but a step of {@link RandomSteps} are rare. */
export type Operation =
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "grow"; readonly sizeBytes: number }
  | { readonly kind: "reopen" };

const pageBytes = 4096;
const mebibyte: number = 2 ** 20;

export type ProfileName = "small" | "large";

/** The smallest shelf, always nearly full, and one whose changes in place do not fit the log's lane. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  small: {
    sizeBytes: 64 * 1024,
    sizeBytesMax: 128 * 1024,
    scale: {
      names: Array.from({ length: 12 }, (_, index) => `variable ${index} `.repeat(1 + (index % 8))),
      numberLimit: 2 ** 31,
      wordsLimit: 300,
      bytesLimits: [2000, 40_000],
      changeBytesMax: [200, 30_000],
      growsTo: 0,
    },
    manyNames: 30,
  },
  large: {
    sizeBytes: 4 * mebibyte,
    sizeBytesMax: 8 * mebibyte,
    scale: {
      names: Array.from({ length: 24 }, (_, index) => `layer ${index}`),
      numberLimit: 2 ** 31,
      wordsLimit: 2000,
      bytesLimits: [300, 20_000, 1_500_000],
      changeBytesMax: [200, 5000, 1_000_000],
      growsTo: 0,
    },
    manyNames: 200,
  },
};

/**
 * The operation of a number, in the workload of a seed. It depends on nothing else, so that a new process can carry on
 * wherever the last one died.
 */
export function operationAt(profile: Profile, seed: number, number: number): Operation {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  // It takes a few rounds until the sequences of similar seeds have nothing in common.
  for (let round = 0; round < 8; round++) random.below(2);
  switch (random.below(32)) {
    case 0:
      return growth(profile, random);
    case 1:
      return { kind: "reopen" };
    case 2:
      return { kind: "step", step: manySet(profile, random) };
    case 3:
      return { kind: "step", step: manyErased(profile, random) };
    case 4:
      return { kind: "step", step: clear(random) };
    default:
      return { kind: "step", step: new RandomSteps(random, profile.scale).next() };
  }
}

/** What an operation turns a shelf's content into. */
export function contentAfter(operation: Operation, content: Content): Content {
  if (operation.kind === "reopen") return content;
  const { sizeBytes } = content;
  if (operation.kind === "grow") return { ...content, sizeBytes: Math.max(sizeBytes, operation.sizeBytes) };
  const variables = new Map(content.variables);
  operation.step.model(variables);
  return { variables, sizeBytes };
}

function growth({ sizeBytes, sizeBytesMax }: Profile, random: Random): Operation {
  const pages = random.below((sizeBytesMax - sizeBytes) / pageBytes);
  return { kind: "grow", sizeBytes: sizeBytes + (pages + 1) * pageBytes };
}

/** Sets names by the dozen in one transaction: more than the catalog has room for, where it can be written anew. */
function manySet({ manyNames }: Profile, random: Random): Step {
  const words = "word ".repeat(random.below(100));
  return together(
    Array.from({ length: 1 + random.below(manyNames) }, (_, index): Step => ({
      shelf: (shelf) => void shelf.set(`many ${index}`, words),
      model: (model) => void model.set(`many ${index}`, words),
    })),
  );
}

function manyErased({ manyNames }: Profile, random: Random): Step {
  const first = random.below(manyNames);
  return together(
    Array.from({ length: manyNames - first }, (_, index): Step => ({
      shelf: (shelf) => void shelf.delete(`many ${first + index}`),
      model: (model) => void model.delete(`many ${first + index}`),
    })),
  );
}

/** Empties the shelf, but seldom: most of the time it is full of what earlier operations left. */
function clear(random: Random): Step {
  if (random.below(4) > 0) return { shelf: (shelf) => shelf.persist(), model: () => undefined };
  return { shelf: (shelf) => shelf.clear(), model: (model) => model.clear() };
}

function together(parts: readonly Step[]): Step {
  return {
    shelf: (shelf) => shelf.transaction(() => parts.forEach((part) => part.shelf(shelf))),
    model: (model) => parts.forEach((part) => part.model(model)),
    parts,
  };
}
