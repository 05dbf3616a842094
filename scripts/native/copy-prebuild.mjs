/**
 * Puts the addon that was built in the current folder's package where a package carries those of all platforms, so that the packed package runs
 * without a compiler. A copy, since a second build in the same folder would take the addon away from running tests.
 */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { addonName, builtAddon, packageFolder as folder } from "./prebuild-targets.mjs";

const target = join(folder, "prebuilds", `${process.platform}-${process.arch}`);
mkdirSync(target, { recursive: true });
copyFileSync(builtAddon(), join(target, `${addonName}.node`));
