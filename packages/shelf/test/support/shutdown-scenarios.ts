import { dram } from "@nodemm/emulator";
import type { Region } from "@nodemm/pmem-native";
import { openShelf, ShelfError } from "../../src/index.ts";
import { imageAfter, type Scenario } from "./explore.ts";
import { step } from "./step.ts";

/** Makes a region tell how often its memory modules could not save everything. */
function counting(value: number): (region: Region) => Region {
  return (region) => Object.assign(region, { unsafeShutdowns: { known: "value", value } });
}

/** Whether a shelf is refused because modules have lost bytes since it was opened: they count 2, it was opened at 1. */
function isRefused(image: Uint8Array): boolean {
  try {
    openShelf(counting(2)(dram({ image }))).close();
    return false;
  } catch (error) {
    if (error instanceof ShelfError && error.code === "ERR_SHELF_UNSAFE_SHUTDOWN") return true;
    throw error;
  }
}

const changeTwice: Scenario["run"] = (shelf, expect) => {
  for (const value of [1, 2]) step(shelf, expect, [["x", value]], () => shelf.set("x", value));
};

/** From its first change to its end, a shelf says that it is open. */
const counted: Scenario = {
  prepare: (region) => void counting(1)(region),
  inspectMedium(image, state, expected) {
    // Before the shelf is there, and until something is changed, it need not say so.
    if (expected.includes("")) return;
    if (isRefused(image) !== (state === "open")) throw new Error(`was ${state}, and opening took it for the contrary`);
  },
  run: changeTwice,
};

/** What memory modules said goes for nothing once the shelf lies where nothing counts. */
const uncountedAgain: Scenario = {
  create: (granularity) => dram({ granularity, image: imageAfter((_, capture) => capture(), counting(1)) }),
  inspectMedium(image, _state, expected) {
    if (!expected.includes("") && isRefused(image)) throw new Error("refused for what was said of other modules");
  },
  run: changeTwice,
};

/** What the shelf says of its own being open, and of its memory modules. */
export const shutdownScenarios: Readonly<Record<string, Scenario>> = {
  "memory modules that count unsafe shutdowns": counted,
  "away from memory modules that count": uncountedAgain,
};
