// Lists of copies whose own code closes the region while they are read.
import { mapMemory } from "@nodemm/pmem-native";
import { loadBinding } from "../../dist/src/load-binding.js";
import { attempt, report } from "./report.mjs";

/** @typedef {import("@nodemm/pmem-native").Copy} Copy */

const bytes = 4096;

function copies() {
  return [0, bytes].map((offset) => ({ offset, source: new Uint8Array(bytes) }));
}

/**
 * The same elements, the second of which does something when it is asked for.
 *
 * @template Element
 * @param {Element[]} list
 * @param {() => void} act
 * @returns {Element[]}
 */
function acting(list, act) {
  return new Proxy(list, {
    get(target, key) {
      if (key === "1") act();
      return Reflect.get(target, key);
    },
  });
}

/** @type {Record<string, (act: () => void) => Copy[]>} */
const lists = {
  "a map of its own": (act) => {
    const list = copies();
    return Object.assign(list, {
      map: () => Object.assign(list, { map: () => acting([list[0].source, list[1].source], act) }),
    });
  },
  "a species": (act) => {
    let asked = 0;
    /** @this {unknown} @param {number} length */
    function makeList(length) {
      const list = Array.from({ length });
      return asked++ === 0 ? Object.assign(list, { constructor }) : acting(list, act);
    }
    const constructor = { [Symbol.species]: makeList };
    return Object.assign(copies(), { constructor });
  },
  "an element": (act) => acting(copies(), act),
  "a property": (act) => [copies()[0], Object.defineProperty(copies()[1], "source", { get: act })],
};

for (const [name, make] of Object.entries(lists)) {
  for (const verb of /** @type {const} */ (["copyMany", "copyManyAsync"])) {
    const region = mapMemory({ size: 2 * bytes, capacity: 2 * bytes });
    const outcome = attempt(() => region[verb](make(() => region.close()))?.done.catch(() => undefined));
    report({ name, verb, outcome: outcome.code ?? outcome.name ?? "returned" });
    region.close();
  }
}

// What the package's own lists never do.
const native = loadBinding();
const offsets = Float64Array.of(0, bytes);
const claims = new Int32Array(2);
/** @type {Record<string, (sources: Uint8Array[]) => unknown>} */
const calls = {
  copyManyNow: (sources) => native.copyManyNow(0, offsets, sources),
  copyMany: (sources) => native.copyMany(0, offsets, sources, claims, bytes, [sources, claims]),
};
for (const [verb, call] of Object.entries(calls)) {
  const region = mapMemory({ size: 2 * bytes, capacity: 2 * bytes });
  const sources = copies().map(({ source }) => source);
  report({ name: "the addon", verb, status: call(acting(sources, () => region.close())) });
}
