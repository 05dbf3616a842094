/** The arrays of the data set, by their names on the shelf. Apart from `data-set.ts`, which can read them. */
export const DATA_SET_NAMES = ["trainingImages", "trainingLabels", "testImages", "testLabels"] as const;

export type DataSetName = (typeof DATA_SET_NAMES)[number];

export const TRAINING_IMAGES = 60_000;
export const TEST_IMAGES = 10_000;
