/**
 * Sorts the pixels of a photograph on a shelf, in place: each column from dark to bright. Argument: the folder for the shelf
 * and the pictures.
 */
import { join, resolve } from "node:path";
import { argsort, takeAlongAxis } from "@nodemm/ndarray-pm";
import { openAlbum } from "./album.ts";
import { writeImage } from "./images.ts";

const folder = resolve(process.argv[2] ?? "pictures");
using shelf = openAlbum(folder);
const { vars } = shelf;

vars.sorted = vars.day; // a copy, shelf to shelf
const { sorted } = vars;

// Each colour by itself, in place: failure-atomic, whatever the size.
sorted.sort(0);
writeImage(join(folder, "sorted-colours.png"), sorted);

// Whole pixels by their brightness: the order of one array, applied to another.
const { day } = vars;
const order = argsort(day.mean(2), 0).expandDims(2);
sorted.assign(takeAlongAxis(day, order.broadcastTo(day.shape), 0));
writeImage(join(folder, "sorted-pixels.png"), sorted);

// A view is sorted like any array: the lower half only, from bright to dark.
sorted.assign(day);
sorted
  .slice(`${sorted.shape[0] / 2}:`)
  .flip(0)
  .sort(0);
writeImage(join(folder, "sorted-half.png"), sorted);

const rows = sorted.slice("...", 1);
console.log(`sorted ${sorted.size} numbers; the bottom row is the darkest: ${rows.slice(-1).max()} at most`);
console.log(`look at ${join(folder, "sorted-pixels.png")} and its neighbours`);
