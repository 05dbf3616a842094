import { readFileSync, writeFileSync } from "node:fs";
import { asarray, type NDArray } from "@nodemm/ndarray-pm";
import { encode } from "fast-png";
import { decode } from "jpeg-js";

/** An image: height, width, and red, green and blue of each pixel. */
export type Image = NDArray<"uint8">;

/** NASA's photographs of the whole Earth, 4096 x 2048, as the package `three-globe` ships them. */
export type Photograph = "earth-blue-marble" | "earth-night";

/** A photograph in DRAM, `factor` times smaller: every so manieth pixel, a view of what was decoded. */
export function readPhotograph(name: Photograph, factor: number): Image {
  const file = new URL(`../example/img/${name}.jpg`, import.meta.resolve("three-globe"));
  const { width, height, data } = decode(readFileSync(file), { useTArray: true, formatAsRGBA: false });
  return asarray(data, [height, width, 3]).slice(`::${factor}`, `::${factor}`);
}

/** Writes an image as PNG, durable or not: it is there to be looked at. */
export function writeImage(path: string, image: NDArray): void {
  const [height, width, channels] = image.shape;
  const pixels = image.astype("uint8");
  writeFileSync(path, encode({ width, height, channels, data: pixels.data }));
}
