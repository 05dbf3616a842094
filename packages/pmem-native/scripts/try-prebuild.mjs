// Loads an addon by its path and uses it without the package, so that any runtime with Node-API will do. Throws where
// anything is not as it must be.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const [, , addonPath, folder] = process.argv;
const native = /** @type {import("../src/binding.ts").Binding} */ (createRequire(import.meta.url)(addonPath));
const length = 65536;
const overrides = { sysfsRoot: "/sys", procRoot: "/proc", flush: "", copy: "", largePersist: -1 };
const region = native.open(join(folder, "file"), 1, false, length, 1 << 20, -1, -1, overrides, false);
assert.ok(region.handle !== undefined, JSON.stringify(region));
const { handle } = region;

/** @param {number[]} numbers */
function frame(...numbers) {
  native.frame.set([handle, ...numbers]);
}

frame(100, 5000, 7);
assert.equal(native.fill(), undefined);
frame(0, length);
assert.equal(native.persist(), undefined);
const view = native.view(handle, 0, length);
assert.ok(typeof view !== "number", "no view was given");
const bytes = new Uint8Array(view);
assert.deepEqual([bytes[99], bytes[100], bytes[5099], bytes[5100]], [0, 7, 7, 0]);
bytes.set(new TextEncoder().encode("123456789"));
frame(0, 9, 0);
assert.equal(native.crc32c(), undefined);
assert.equal(native.frame[0], 0xe3069283);
frame(length, 1);
assert.notEqual(native.flush(), undefined, "a range outside was not refused");
const job = native.start(handle, 3, 0, length, 9, 0, undefined);
assert.ok(typeof job !== "number", "the fill was not started");
assert.equal((await job.outcome).status, 0);
assert.ok(bytes.every((byte) => byte === 9));
native.close(handle);
assert.equal(bytes.length, 0);
console.log(`ran on ${process.version} with ${region.flush}, ${region.copy}, ${region.crc32c}`);
