/** The process that is killed: opens a shelf and carries on with the workload, for ever. */
import { openShelf, Shelf, ShelfError } from "@nodemm/shelf";
import type { Step } from "../support/operations.ts";
import { announce, type Orders } from "./announcements.ts";
import { type Operation, operationAt, profiles } from "./operations.ts";

const { path, profile: profileName, seed, first, opensOnly, sabotage } = JSON.parse(process.argv[2]) as Orders;
const profile = profiles[profileName];
/** How long to wait for a kill that does not come. */
const waitMsMax = 10_000;

function open(): Shelf {
  return openShelf(path, { size: profile.sizeBytes });
}

/** @returns false if the shelf had no room */
function perform(operation: Operation): boolean {
  try {
    if (operation.kind === "step") performStep(operation.step);
    else if (operation.kind === "grow") shelf.grow(operation.sizeBytes);
    else {
      shelf.close();
      shelf = open();
    }
    return true;
  } catch (error) {
    if (error instanceof ShelfError && error.code === "ERR_SHELF_NO_SPACE") return false;
    throw error;
  }
}

function performStep(step: Step): void {
  if (step.parts !== undefined && sabotage === "torn") {
    for (const part of step.parts) shelf.transaction(() => part.shelf(shelf));
  } else if (step.parts !== undefined && sabotage === "unsaved") {
    const saves = Object.getOwnPropertyDescriptor(Shelf.prototype, "snapshot")!;
    Shelf.prototype.snapshot = () => undefined;
    step.shelf(shelf);
    Object.defineProperty(Shelf.prototype, "snapshot", saves);
  } else step.shelf(shelf);
}

announce("opening");
let shelf = open();
const { used, free } = shelf.usage();
announce(`opened ${used} ${free}`);
if (opensOnly) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, waitMsMax);
else {
  for (let number = first; ; number++) {
    const operation = operationAt(profile, seed, number);
    announce(`begin ${number}`);
    if (sabotage === "early") announce(`done ${number} ${shelf.usage().free}`);
    const outcome = perform(operation) ? "done" : "refused";
    if (sabotage !== "early") announce(`${outcome} ${number} ${shelf.usage().free}`);
  }
}
