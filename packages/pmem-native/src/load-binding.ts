import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Binding } from "./binding.ts";
import { PmemError } from "./errors.ts";

let loaded: Binding | undefined;

/**
 * The native addon: built from source if it was, else the prebuilt one for this platform. Loaded at first use, so that
 * importing the package for its types and errors needs no addon.
 * @throws PmemError `ERR_PMEM_NO_BINDING` where there is none or it cannot be loaded
 */
export function loadBinding(): Binding {
  loaded ??= load(packageFolder());
  return loaded;
}

/** Loads the addon of the package in `folder`. For {@link loadBinding} and its test. */
export function load(folder: string): Binding {
  const require = createRequire(import.meta.url);
  const find = require("node-gyp-build") as (folder: string) => Binding;
  try {
    // A copy, because the engine has looked up each of so many functions by its name in what an addon exports: ten
    // nanoseconds a call.
    return { ...find(folder) };
  } catch (error) {
    const platform = `${process.platform}-${process.arch}`;
    const [reason] = String(error instanceof Error ? error.message : error).split("\n", 1);
    throw new PmemError(
      "ERR_PMEM_NO_BINDING",
      folder,
      `no native addon for ${platform} on Node ${process.versions.node} could be loaded from ${folder} ` +
        `(${reason}); build it with a C++17 compiler, make and python3: ` +
        `run "npx node-gyp rebuild" in that folder, or reinstall the package with install scripts allowed. ` +
        `Where no addon can be built, the emulator's dram() region works without one`,
      { cause: error },
    );
  }
}

function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}
