// Loads an addon by its path and uses it without the package, so that any runtime with Node-API will do. Throws where
// anything is not as it must be.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const [, , addonPath] = process.argv;
const native = /** @type {import("../src/native/binding.ts").KernelBinding} */ (
  createRequire(import.meta.url)(addonPath)
);
const name = native.choose(undefined);
assert.ok(name !== undefined, "there are no kernels");

const count = 100_000;
const a = Float64Array.from({ length: count }, (_, k) => k);
const b = new Float64Array(count).fill(0.5);
const out = new Float64Array(count);
native.frame.set([1, 0, 0, 0, count, 1, 1, 1]);
assert.equal(native.binary(0, out, a, b), undefined);
assert.deepEqual([out[0], out[7], out[count - 1]], [0.5, 7.5, count - 0.5]);
assert.equal(native.fold(0, a, 0, count), (count * (count - 1)) / 2);
assert.equal(native.dot(a, 0, b, 0, count), (count * (count - 1)) / 4);
const side = 40;
const product = new Float64Array(side * side);
native.frame.set([side, side, side, 0, side, 1, 0, side, 1, 0, side, 1]);
assert.equal(native.matmul(product, a, b), undefined);
assert.deepEqual([product[0], product[side]], [(side * (side - 1)) / 4, (side * (3 * side - 1)) / 4]);
native.frame.set([1, 0, 0, 0, count + 1, 1, 1, 1]);
assert.notEqual(native.binary(0, out, a, b), undefined, "a range outside was not refused");
console.log(`ran on ${process.version} with ${name}`);
