/**
 * Finds the addon, once, at the first use. Without it everything works, in JavaScript: no addon for the platform is no
 * error, and `NODEMM_KERNELS=js` wants none.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KernelBinding } from "./binding.ts";

interface Loaded {
  readonly binding: KernelBinding | undefined;
  readonly name: string;
}

let loaded: Loaded | undefined;

/** The addon, or undefined where JavaScript does all the work. */
export function nativeKernels(): KernelBinding | undefined {
  return (loaded ??= load(packageFolder(), process.env["NODEMM_KERNELS"])).binding;
}

/**
 * What computes on large arrays: `"avx512"`, `"avx2"` or `"baseline"` for native kernels of that instruction set
 * (`"baseline"`: SSE2 on x86-64, NEON on arm64), `"js"` where there is no addon for the platform or the environment
 * variable `NODEMM_KERNELS` says `js`. Results are the same to the last bit.
 * @throws TypeError if `NODEMM_KERNELS` names kernels that this machine does not have
 */
export function activeKernels(): string {
  return (loaded ??= load(packageFolder(), process.env["NODEMM_KERNELS"])).name;
}

/** Loads the addon of the package in `folder`, with the kernels of a name or the best. For this file and its test. */
export function load(folder: string, wanted: string | undefined): Loaded {
  const inJavaScript = { binding: undefined, name: "js" };
  if (wanted === "js") return inJavaScript;
  const binding = find(folder);
  if (binding === undefined) {
    if (wanted === undefined || wanted === "") return inJavaScript;
    throw new TypeError(`NODEMM_KERNELS is ${wanted}, but there is no addon in ${folder}; build it, or expect "js"`);
  }
  const name = binding.choose(wanted === "" ? undefined : wanted);
  if (name === undefined) {
    throw new TypeError(
      `NODEMM_KERNELS is ${wanted}, expected avx512, avx2, baseline or js, as far as this processor has them`,
    );
  }
  return { binding, name };
}

function find(folder: string): KernelBinding | undefined {
  const require = createRequire(import.meta.url);
  const finder = require("node-gyp-build") as { readonly resolve: (folder: string) => string };
  let path: string;
  try {
    path = finder.resolve(folder);
  } catch {
    // None for this platform.
    return undefined;
  }
  try {
    return require(path) as KernelBinding;
  } catch (error) {
    process.emitWarning(`The native kernels of ${path} cannot be loaded; JavaScript does their work`, {
      code: "NDARRAY_NO_KERNELS",
      detail: String(error),
    });
    return undefined;
  }
}

function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}
