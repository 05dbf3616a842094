// What both commands need: every package of the lockfile.
import { pnpm } from "./step.mjs";

/**
 * Installs exactly what the lockfile says, or ends the process with 1. No package needs its install script here: the
 * native addons are compiled by the build.
 */
export function prepare() {
  if (pnpm("Install", ["install", "--frozen-lockfile", "--ignore-scripts"])) return;
  process.stderr.write(
    "The packages could not be installed; the reason is above. Nothing but the npm registry needs to be reachable.\n",
  );
  process.exit(1);
}
