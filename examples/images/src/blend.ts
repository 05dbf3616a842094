/**
 * Blends the Earth by day with the Earth by night, as the sun goes round: arrays on a shelf, worked on in place. Argument:
 * the folder for the shelf and the pictures.
 */
import { join, resolve } from "node:path";
import { absolute, clip, cos, linspace, type NDArray, zerosLike } from "@nodemm/ndarray-pm";
import { openAlbum } from "./album.ts";
import { writeImage } from "./images.ts";

const folder = resolve(process.argv[2] ?? "pictures");
using shelf = openAlbum(folder);
const { vars } = shelf;
if (!shelf.has("blend")) vars.blend = zerosLike(vars.day);
const { day, night, blend } = vars;

for (const hour of [6, 12, 18]) {
  const light = daylight(day.shape[1], hour);
  // In float32 in DRAM, then into the shelf's bytes at once: after a crash the old picture is there, or the new one.
  const mixed = day.multiply(light).add(night.multiply(light.multiply(-1).add(1)));
  blend!.assign(mixed);
  writeImage(join(folder, `blend-${hour}.png`), blend!);
}

// By weights alone, as a slide show fades: half of each.
blend!.assign(day.multiply(0.5).add(night.multiply(0.5)));
writeImage(join(folder, "blend-half.png"), blend!);

// And in place, without a picture in DRAM: what differs between the two, as an integer would have it.
const difference = shelf.transaction(() => {
  blend!.assign(absolute(day.astype("int16").subtract(night.astype("int16"))));
  return blend!.mean();
});
writeImage(join(folder, "difference.png"), blend!);
console.log(`by day and by night the pixels differ by ${difference.toFixed(1)} of 255 on average`);
console.log(`look at ${join(folder, "blend-12.png")} and its neighbours`);

/** How bright it is at each column, 0 to 1, when it is `hour` o'clock (UTC) at an equinox; for every row and colour. */
function daylight(width: number, hour: number): NDArray<"float32"> {
  const longitude = linspace(-Math.PI, Math.PI, width, { dtype: "float32" });
  const sun = ((12 - hour) / 12) * Math.PI;
  const height = cos(longitude.subtract(sun));
  // Dusk takes a fifth of the way.
  return clip(height.multiply(5).add(0.5), 0, 1).expandDims([0, 2]) as NDArray<"float32">;
}
