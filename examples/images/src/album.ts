import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ndarrayCodec } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { type Image, readPhotograph } from "./images.ts";

/** Every so manieth pixel of a photograph is taken: 1024 x 512 of them. */
const factor = 4;

export interface Album {
  day: Image;
  night: Image;
  blend?: Image;
  sorted?: Image;
}

/** The shelf of both programs: photographs are decoded once, and found ever after. */
export function openAlbum(folder: string): Shelf<Album> {
  mkdirSync(folder, { recursive: true });
  const shelf = openShelf<Album>(join(folder, "album.shelf"), { size: "32 MiB", types: [ndarrayCodec] });
  const { vars } = shelf;
  const known = shelf.size;
  if (!shelf.has("day")) vars.day = readPhotograph("earth-blue-marble", factor);
  if (!shelf.has("night")) vars.night = readPhotograph("earth-night", factor);
  console.log(known >= 2 ? "found the photographs on the shelf" : "decoded two photographs into the shelf");
  return shelf;
}
