/** Options that a function has not: a save that left `keep` out in silence would drop versions. */
import { dram } from "@nodemm/emulator";
import { openShelf } from "@nodemm/shelf";
import { expect, test } from "vitest";
import { openModel, saveModel } from "../src/frameworks/onnxruntime/index.ts";
import { checkpointCallback, shelfIO } from "../src/frameworks/tfjs/index.ts";
import {
  listVersions,
  load,
  loadSafetensors,
  openSeries,
  pruneVersions,
  safetensorsPieces,
  save,
  saveAsync,
  saveSafetensors,
  tensor,
  tensorTypes,
} from "../src/index.ts";

const shelf = openShelf(dram({ size: 1 << 20 }), { types: tensorTypes });
const w = tensor([1, 2]);
save(shelf, "run", { w }, { keep: 2 });
save(shelf, "run", { w }, { keep: 2 });
/** With all that some of them need, and one name wrong. */
const wrong = { columns: ["loss"], keep: 1, kepp: 3 } as never;

test.each<readonly [string, () => unknown]>([
  ["save", () => save(shelf, "run", { w }, { kepp: 3 } as never)],
  ["load", () => load(shelf, "run", { versoin: 1 } as never)],
  ["pruneVersions", () => pruneVersions(shelf, "run", wrong)],
  ["openSeries", () => openSeries(shelf, "losses", wrong)],
  ["safetensors", () => safetensorsPieces({ w }, wrong)],
  ["saveModel", () => saveModel(shelf, "model", new Uint8Array(8), wrong)],
  ["shelfIO", () => shelfIO(shelf, "run", wrong)],
  ["checkpointCallback", () => checkpointCallback({ save: async () => undefined }, shelf, "run", wrong)],
])("%s refuses a misspelt option, with nothing changed", (name, call) => {
  expect(call).toThrow(new RegExp(`^${name}: expected options among .*, found "\\w+"$`, "u"));
  expect([[...shelf.keys()].length, listVersions(shelf, "run").length]).toStrictEqual([3, 2]);
});

test.each<readonly [string, () => Promise<unknown>]>([
  ["saveAsync", () => saveAsync(shelf, "run", { w }, wrong)],
  ["loadSafetensors", () => loadSafetensors(shelf, "/nowhere", wrong)],
  ["safetensors", () => saveSafetensors("/nowhere/x", { w }, wrong)],
  ["openModel", () => openModel({} as never, shelf, "run", wrong)],
])("%s rejects on a misspelt option, with nothing changed", async (name, call) => {
  await expect(call()).rejects.toThrow(new RegExp(`^${name}: expected options among .*, found "\\w+"$`, "u"));
  expect([[...shelf.keys()].length, listVersions(shelf, "run").length]).toStrictEqual([3, 2]);
});

test("brackets, which reach no elements, are refused for reading and writing", () => {
  const x: any = tensor([[1, 2]]);
  expect(() => (x[0] = 5)).toThrow(/^x\[0\] is nothing of a Tensor x: take x\.select\(0, 0\), /u);
  expect(() => x[1]).toThrow(/^x\[1\] is nothing of a Tensor/u);
  expect(x.toArray()).toStrictEqual([[1, 2]]);
});
