// Views come, are collected at any time, and are asked for again: each must show its own range.
import { setImmediate as turn } from "node:timers/promises";
import { mapFile } from "@nodemm/pmem-native";
import { report } from "./report.mjs";

const region = mapFile(process.argv[2], { mode: "create", size: 1000 * 64 });
for (let index = 0; index < 1000; index++) region.fill(index * 64, 64, index & 0xff);
let wrong = 0;
const kept = new Map();
for (let round = 0; round < 20; round++) {
  for (let index = 0; index < 1000; index++) {
    const view = region.view(index * 64, 64);
    const bytes = new Uint8Array(view);
    if (bytes.length !== 64 || bytes[0] !== (index & 0xff) || bytes[63] !== (index & 0xff)) wrong++;
    if (kept.has(index) && kept.get(index) !== view && kept.get(index).byteLength !== 0) wrong++;
    if (index % 7 === round % 7) kept.set(index, view);
    if (index % 11 === 0) region.releaseView(view);
  }
  if (round % 3 === 0) kept.clear();
  globalThis.gc?.();
  if (round % 2 === 0) await turn();
}
region.close();
if ([...kept.values()].some((view) => view.byteLength !== 0)) wrong++;
report({ wrong, closed: region.closed });
