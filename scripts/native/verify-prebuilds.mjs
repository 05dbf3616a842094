/**
 * `pnpm --filter <package> verify-prebuilds`: whether every addon that a release carries is there and right:
 * processor, interface version, exported symbols, the libraries that it names, the newest versions of them that it asks
 * for, and, where this machine can run it, that it loads and works. Part of `make-prebuilds`, and before every publication.
 */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { packageFolder, targets } from "./prebuild-targets.mjs";
import { muslSymbols } from "./musl-symbols.mjs";
import { runPrebuild } from "./run-prebuild.mjs";

/** The oldest that Node 20 runs with, by its own requirements. */
const newestVersions = { GLIBC: [2, 28], GLIBCXX: [3, 4, 21], CXXABI: [1, 3, 9] };
const machines = { x64: "Advanced Micro Devices X86-64", arm64: "AArch64" };
const exported = ["napi_register_module_v1", "node_api_module_get_api_version_v1"];
const libraries = {
  glibc: ["libc.so.6", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libstdc++.so.6"],
  musl: ["libstdc++.so.6"],
};
/** More than this is a build that was not stripped, or one that took a library in. */
const mostBytes = 500_000;

/** @returns {boolean} */
export function verifyPrebuilds() {
  let faults = 0;
  for (const target of targets) {
    const path = join(packageFolder, target.file);
    const { problems, notes } = existsSync(path) ? inspect(path, target) : { problems: ["is missing"], notes: [] };
    faults += problems.length;
    console.log(
      `${target.name}: ${problems.length === 0 ? "ok" : problems.join("; ")}${notes.map((note) => `, ${note}`).join("")}`,
    );
  }
  return faults === 0;
}

/**
 * @param {string} path
 * @param {import("./prebuild-targets.mjs").Target} target
 */
export function inspect(path, { architecture, libc }) {
  const problems = [];
  const header = readelf("--file-header", path);
  const machine = /Machine:\s+(?<name>.*)/u.exec(header)?.groups?.["name"];
  if (machine !== machines[architecture]) problems.push(`is for ${machine}, expected ${machines[architecture]}`);
  const { size } = statSync(path);
  if (size > mostBytes) problems.push(`has ${size} bytes, expected at most ${mostBytes}`);

  const needed = [...readelf("--dynamic", path).matchAll(/\(NEEDED\).*\[(?<name>[^\]]+)\]/gu)].map(nameOf);
  const surplus = needed.filter((name) => !libraries[libc].includes(name) && !name.startsWith("ld-linux"));
  if (surplus.length > 0) problems.push(`needs ${surplus.join(", ")}`);

  const symbols = dynamicSymbols(path);
  const given = symbols.filter(({ defined }) => defined).map(({ name }) => name);
  if (given.sort().join() !== exported.join())
    problems.push(`exports ${given.join(", ")}, expected ${exported.join(", ")}`);
  const wanted = symbols.filter(({ defined, weak }) => !defined && !weak);
  for (const { name, version } of wanted) {
    if (isTooNew(version)) problems.push(`asks for ${name} of ${version}`);
  }
  if (libc === "musl") {
    const versioned = wanted.filter(({ version }) => version.startsWith("GLIBC_"));
    if (versioned.length > 0) problems.push(`asks glibc for ${versioned.map(nameIn).join(", ")}`);
    const absent = wanted.map(nameIn).filter((name) => !name.startsWith("napi_") && !isOfCompiler(name));
    const missing = absent.filter((name) => !muslSymbols.has(name));
    if (missing.length > 0) problems.push(`asks for ${missing.join(", ")}, which musl may lack`);
  }
  if (problems.length > 0) return { problems, notes: [] };
  const { problem, note } = runPrebuild(path, architecture, libc);
  return { problems: problem === undefined ? [] : [problem], notes: note === undefined ? [] : [note] };
}

/**
 * @param {string} option
 * @param {string} path
 */
function readelf(option, path) {
  const { status, stdout, error } = spawnSync("readelf", ["--wide", option, path], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`readelf could not read ${path} (${error?.message ?? status}); install binutils`);
  return stdout;
}

/**
 * @param {string} path
 * @returns {{ name: string, version: string, defined: boolean, weak: boolean }[]}
 */
function dynamicSymbols(path) {
  // Number, value, size, type, binding, visibility, section, name; those without a name say nothing.
  const line =
    /^ *\d+: +\S+ +\S+ +\S+ +(?<binding>GLOBAL|WEAK|UNIQUE) +\S+ +(?<place>\S+) +(?<name>[^\s@]+)(?:@+(?<version>\S+))?/gmu;
  return [...readelf("--dyn-syms", path).matchAll(line)].map(({ groups }) => ({
    name: groups?.["name"] ?? "",
    version: groups?.["version"] ?? "",
    defined: groups?.["place"] !== "UND",
    weak: groups?.["binding"] === "WEAK",
  }));
}

/** @param {string} version such as GLIBC_2.28 */
function isTooNew(version) {
  const [library, digits = ""] = version.split("_");
  const newest = /** @type {Record<string, number[]>} */ (newestVersions)[library];
  if (newest === undefined) return false;
  const parts = digits.split(".").map(Number);
  const differs = newest.findIndex((limit, index) => (parts[index] ?? 0) !== limit);
  return differs === -1 ? parts.length > newest.length : (parts[differs] ?? 0) > newest[differs];
}

/** What the C++ library answers, which musl's systems have from the same compiler. @param {string} name */
function isOfCompiler(name) {
  return /^(?:_Z|__cxa_(?:guard|pure)|__gxx|__aarch64_)/u.test(name) || name === "_Unwind_Resume";
}

/** @param {{ name: string }} symbol */
function nameIn({ name }) {
  return name;
}

/** @param {RegExpMatchArray} match */
function nameOf(match) {
  return match.groups?.["name"] ?? "";
}

if (process.argv[1] === import.meta.filename) process.exitCode = verifyPrebuilds() ? 0 : 1;
