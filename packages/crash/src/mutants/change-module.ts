/**
 * Loaded first into a process that runs a mutant: the module named in the environment is loaded with one checksum test
 * left out, all others as they are.
 */
import { register } from "node:module";
import type { ChangedModule } from "./changed-module-hooks.ts";

const changed = process.env["NODEMM_CRASH_CHANGED_MODULE"];
if (changed !== undefined) {
  register(new URL("./changed-module-hooks.js", import.meta.url), { data: JSON.parse(changed) as ChangedModule });
}
