// Gives the memory of sources away while they are copied, and has it collected. Run with --expose-gc.
import { mapFile } from "@nodemm/pmem-native";
import { report } from "./report.mjs";

const size = 128 * 2 ** 20;
const region = mapFile(process.argv[2], { mode: "create", size });
/** @type {[string, (source: Uint8Array) => Promise<unknown>][]} */
const verbs = [
  ["copyAsync", (source) => region.copyAsync(0, source)],
  ["copyManyAsync", (source) => region.copyManyAsync([{ offset: 0, source }]).done],
  ["crc32cOfAsync", (source) => region.crc32cOfAsync(source)],
];
for (const [verb, copy] of verbs) {
  const outcomes = new Set();
  for (let round = 0; round < 5; round++) {
    const source = new Uint8Array(size).fill(7);
    const copying = copy(source);
    structuredClone(source.buffer, { transfer: [source.buffer] });
    // @ts-expect-error Node.js has it where it was asked to.
    globalThis.gc();
    try {
      await copying;
      outcomes.add("copied");
    } catch (error) {
      outcomes.add(/** @type {Error} */ (error).constructor.name);
    }
  }
  report({ verb, outcomes: [...outcomes] });
}
region.persist(0, size);

// The engine's own faults are still its own: (func (export "f") (param i32) (result i32) (i32.load (local.get 0)))
const code = "0061736d0100000001060160017f017f030201000503010001070501016600000a0901070020002802000b";
/** @typedef {{ instance: { exports: { f: (at: number) => number } } }} Loaded */
/** @typedef {{ instantiate: (code: Uint8Array) => Promise<Loaded>, RuntimeError: typeof Error }} Engine */
const engine = /** @type {Engine} */ (Reflect.get(globalThis, "WebAssembly"));
const { instance } = await engine.instantiate(Buffer.from(code, "hex"));
try {
  instance.exports.f(2 ** 30);
} catch (error) {
  report({ trap: error instanceof engine.RuntimeError });
}
region.close();
