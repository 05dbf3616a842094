import { truncateSync, unlinkSync } from "node:fs";
import { mapFile } from "@nodemm/pmem-native";
import { attempt, report } from "./report.mjs";

const path = process.argv[2];
const length = 1_000_000;
/** @type {Record<string, (region: import("@nodemm/pmem-native").Region) => unknown>} */
const calls = {
  crc32c: (region) => region.crc32c(0, length),
  fill: (region) => region.fill(0, length, 1),
  copy: (region) => region.copy(0, new Uint8Array(length)),
};
for (const [call, body] of Object.entries(calls)) {
  const region = mapFile(path, { mode: "create", size: length });
  truncateSync(path, 4096);
  report({ call, outcome: attempt(() => body(region)) });
  region.close();
  unlinkSync(path);
}
