// Asks a small disk for more than it has.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { attempt, report } from "./report.mjs";

const [folder, free] = process.argv.slice(2);
const path = join(folder, "file");
const tooMuch = Number(free) * 2;

report({
  step: "create too much",
  outcome: attempt(() => mapFile(path, { mode: "create", size: tooMuch })),
  files: readdirSync(folder),
});
const region = mapFile(path, { mode: "create", size: 65_536, capacity: tooMuch });
const bytes = new Uint8Array(region.view(0, 65_536)).fill(5);
for (const { step, length } of [
  { step: "grow too far", length: tooMuch },
  { step: "grow a little", length: 131_072 },
]) {
  const outcome = attempt(() => region.grow(length));
  region.persist(0, 65_536);
  const intact = bytes.length === 65_536 && bytes.every((byte) => byte === 5);
  report({ step, outcome, length: region.length, size: statSync(path).size, intact });
}
region.close();
