/**
 * Puts the addon that was built here where a package carries those of all platforms, so that the packed package runs
 * without a compiler. A copy, since a second build in the same folder would take the addon away from running tests.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..");
const target = join(folder, "prebuilds", `${process.platform}-${process.arch}`);
mkdirSync(target, { recursive: true });
copyFileSync(join(folder, "build/Release/pmem_native.node"), join(target, "@nodemm+pmem-native.node"));
