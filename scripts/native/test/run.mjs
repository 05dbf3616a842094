/**
 * Builds the core of the package in the current folder and its unit tests, `native/core` and `test/native`, without Node, under AddressSanitizer and UndefinedBehaviorSanitizer, and runs
 * them. `NODEMM_TEST_ARCHITECTURE=arm64` cross-builds them and runs them under qemu-user, where the sanitizers' shadow
 * memory does not work, so without them. The last line is `N passed, N failed`; the counts are also in test-results/native.json.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const packageFolder = process.cwd();
const testFolder = join(packageFolder, "test/native");
/** The main program, and what the tests check with. */
const frameworkFolder = import.meta.dirname;
const resultsFolder = join(packageFolder, "test-results");
const architectures = new Map([
  ["x64", "x86_64"],
  ["arm64", "arm64"],
]);

const architecture = process.env["NODEMM_TEST_ARCHITECTURE"] ?? process.arch;
const foreign = architecture !== process.arch;
// A processor without `dc cvap`, which qemu-user announces and cannot do; and little address space, of which it keeps
// an account page by page.
const emulator = foreign
  ? ["qemu-aarch64-static", "-cpu", "cortex-a72", "-R", "8G", "-L", "/usr/aarch64-linux-gnu"]
  : [];
/** qemu-user tells a handler of SIGBUS another address than the fault's. */
const notEmulated = ["bus_fault_test.cc"];

/** Sources of the core for this machine: other systems' and processors' files are left out. */
function coreSources() {
  const core = join(packageFolder, "native/core");
  const cpu = architectures.get(architecture) ?? "generic";
  return readdirSync(core, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.endsWith(".cc"))
    .filter((path) => !/_(?:linux|darwin)\.cc$/u.test(path) || path.endsWith(`_${process.platform}.cc`))
    .filter((path) => {
      const folder = /cpu\/(?<name>\w+)\//u.exec(path)?.groups?.["name"];
      if (folder === undefined || folder === cpu) return true;
      return folder === "generic" && basename(path) !== "instructions.cc";
    });
}

/** @param {string} output */
function build(output) {
  const tests = readdirSync(testFolder)
    .filter((name) => name.endsWith(".cc") && !(foreign && notEmulated.includes(name)))
    .map((name) => join(testFolder, name))
    .concat(join(frameworkFolder, "main.cc"));
  const flags = [
    `-I${frameworkFolder}`,
    "-std=c++17",
    "-g",
    "-O1",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fno-omit-frame-pointer",
    // As the addons are built: no product is added without being rounded.
    "-ffp-contract=off",
    "-pthread",
  ];
  const sanitizers = foreign ? [] : ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
  const compiler = foreign ? "aarch64-linux-gnu-g++" : (process.env["CXX"] ?? "g++");
  const compilation = [...flags, ...sanitizers, ...coreSources(), ...tests, "-o", output];
  const { error, status } = spawnSync(compiler, compilation, { stdio: "inherit" });
  if (error) console.error(`${compiler} could not be started (${error.message}): install a C++17 compiler or set CXX`);
  return status === 0;
}

/**
 * @param {string} program
 * @param {string} folder
 */
function run(program, folder) {
  const env = { ...process.env, TMPDIR: folder, ...(foreign && { NODEMM_TEST_EMULATED: "1" }) };
  const [command, ...rest] = [...emulator, program];
  const { stdout, stderr, status } = spawnSync(command, rest, { env, encoding: "utf8", timeout: 300_000 });
  process.stderr.write(stderr ?? "");
  const counts = /^(?<passed>\d+) passed, (?<failed>\d+) failed$/mu.exec(stdout ?? "")?.groups;
  // Without the line, or with a bad status after a good one, a sanitizer or a signal ended it.
  if (counts === undefined) return { passed: 0, failed: 1 };
  const failed = Number(counts["failed"]);
  return { passed: Number(counts["passed"]), failed: failed === 0 && status !== 0 ? 1 : failed };
}

const folder = mkdtempSync(join(tmpdir(), "nodemm-core-"));
let result = { passed: 0, failed: 1 };
try {
  const program = join(folder, "core-tests");
  if (build(program)) result = run(program, folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
mkdirSync(resultsFolder, { recursive: true });
writeFileSync(
  join(resultsFolder, foreign ? `native-${architecture}.json` : "native.json"),
  `${JSON.stringify(result)}\n`,
);
console.log(`${result.passed} passed, ${result.failed} failed`);
process.exitCode = result.failed === 0 && result.passed > 0 ? 0 : 1;
