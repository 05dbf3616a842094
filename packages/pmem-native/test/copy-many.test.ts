import { expect, test } from "vitest";
import { mapMemory, type Copy } from "../src/index.ts";
import { Status } from "../src/status.ts";
import { runScript } from "./support/child.ts";

test("a list of copies that closes the region while it is read crashes nothing", () => {
  const { reports, signal, status, stderr } = runScript("lists-that-act.mjs", []);
  expect({ signal, status }, stderr).toEqual({ signal: null, status: 0 });
  const both = (name: string, outcome: string) =>
    ["copyMany", "copyManyAsync"].map((verb) => ({ name, verb, outcome }));
  expect(reports).toEqual([
    ...both("a map of its own", "returned"),
    ...both("a species", "returned"),
    ...both("an element", "ERR_PMEM_CLOSED"),
    ...both("a property", "TypeError"),
    { name: "the addon", verb: "copyManyNow", status: Status.closed },
    { name: "the addon", verb: "copyMany", status: Status.closed },
  ]);
});

test("a list of copies with a hole, and a source that only has the prototype of bytes, are TypeErrors", () => {
  const region = mapMemory({ size: 4096, capacity: 4096 });
  const sparse: Copy[] = [];
  sparse[1] = { offset: 0, source: new Uint8Array(3) };
  for (const source of [Object.create(Uint8Array.prototype), Object.setPrototypeOf([], Uint8Array.prototype)]) {
    for (const copies of [sparse, [{ offset: 0, source }]]) {
      expect(() => region.copyMany(copies)).toThrow(TypeError);
      expect(() => region.copyManyAsync(copies)).toThrow(TypeError);
    }
  }
  region.close();
});
