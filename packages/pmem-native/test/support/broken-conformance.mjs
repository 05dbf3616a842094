// Runs the conformance suite's claims about poisoned regions without any test framework.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { regionConformance } from "@nodemm/pmem-native/conformance";
import { failNextSync, report } from "./report.mjs";

const folder = process.argv[2];
/** @type {import("@nodemm/pmem-native/conformance").RegionFactory} */
const factory = {
  create: ({ length, capacity }) =>
    mapFile(join(mkdtempSync(join(folder, "region-")), "file"), { mode: "create", size: length, capacity }),
  breakNextSync: failNextSync,
};
/** @type {string[]} */
const failures = [];
/** @type {[name: string, body: () => void | Promise<void>][]} */
const claims = [];
regionConformance("mapped", factory, { overlappingViews: true, growable: true }, (name, body) => {
  if (!/failed sync|poisoned/u.test(name)) return;
  claims.push([name, body]);
});
// One after the other: a broken sync is meant for the claim that broke it.
for (const [name, body] of claims) {
  try {
    await body();
  } catch (error) {
    failures.push(`${name}: ${String(error)}`);
  }
}
report({ poisonedClaims: claims.length, failures });
