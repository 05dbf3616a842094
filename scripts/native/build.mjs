/**
 * Builds the addon of the package in the current folder with node-gyp, incrementally. Node's own headers are used where they lie beside its executable, so
 * that nothing is downloaded; `npm_config_nodedir` says otherwise where set.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { packageFolder as folder, packageName } from "./prebuild-targets.mjs";

const env = { ...process.env };
const beside = dirname(dirname(process.execPath));
if (!env.npm_config_nodedir && existsSync(join(beside, "include/node/node_api.h"))) env.npm_config_nodedir = beside;

const nodeGyp = createRequire(join(folder, "package.json")).resolve("node-gyp/bin/node-gyp.js");
for (const step of ["configure", "build"]) {
  const { status } = spawnSync(process.execPath, [nodeGyp, step, "--silent"], { cwd: folder, env, stdio: "inherit" });
  if (status !== 0) {
    console.error(
      `The native addon of ${packageName} was not built (node-gyp ${step} failed). It needs a C++17 compiler, make, ` +
        `python3 and Node's headers (set npm_config_nodedir to a folder with include/node/node_api.h).`,
    );
    process.exit(status ?? 1);
  }
}
