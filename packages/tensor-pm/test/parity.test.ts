import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { arange } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { afterAll, describe, expect, test } from "vitest";
import {
  Adam,
  load,
  loadSafetensors,
  openSeries,
  save,
  saveSafetensors,
  type Tensor,
  tensor,
  tensorTypes,
} from "../src/index.ts";

type AnyShelf = Shelf<Record<string, any>>;
const folder = mkdtempSync(join(tmpdir(), "nodemm-parity-"));
afterAll(() => rmSync(folder, { recursive: true }));

function freshShelf(): { shelf: AnyShelf; afterPowerFailure: () => AnyShelf } {
  const region = simulatePowerFailure(dram({ size: 1 << 20 }));
  return {
    shelf: openShelf(region, { types: tensorTypes }),
    afterPowerFailure: () => openShelf(dram({ image: region.durableImage() }), { types: tensorTypes }),
  };
}

/** What Python's persistent tensors, checkpoints and state dicts do, each by the words that its users know it by. */
describe("parity with PyMM", () => {
  test("torch_tensor(shape, dtype, requires_grad): made on the shelf, and requires_grad is kept", () => {
    const { shelf, afterPowerFailure } = freshShelf();
    shelf.vars["w"] = tensor({ shape: [3, 4] }, "float64", { requiresGrad: true });
    shelf.vars["w"].add_(1);
    const w: Tensor = afterPowerFailure().vars["w"];
    expect([w.shape, w.dtype, w.requiresGrad, w.array.sum()]).toStrictEqual([[3, 4], "float64", true, 12]);
  });

  test("torch_tensor(nested list): the elements of nested lists", () => {
    const { shelf } = freshShelf();
    shelf.vars["x"] = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      "int32",
    );
    expect(shelf.vars["x"].t().tolist()).toStrictEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  test("s.x = torch tensor: evaluated in DRAM, copied to the shelf; s.x = s.y copies from shelf to shelf", () => {
    const { shelf } = freshShelf();
    const source = tensor([1, 2]);
    shelf.vars["y"] = source.add(1);
    shelf.vars["x"] = shelf.vars["y"];
    source.zero_();
    shelf.vars["y"].fill_(9);
    expect(shelf.vars["x"].tolist()).toStrictEqual([2, 3]);
  });

  test("in-place operations of a torch tensor on the shelf are failure-atomic, out-of-place ones are in DRAM", () => {
    const { shelf, afterPowerFailure } = freshShelf();
    shelf.vars["x"] = tensor([1, 2]);
    const { x } = shelf.vars;
    x.mul_(2).add_(1).clamp_(0, 4);
    expect(afterPowerFailure().vars["x"].tolist()).toStrictEqual([3, 4]);
    expect([x.array.storage === undefined, x.mul(2).array.storage === undefined]).toStrictEqual([false, true]);
  });

  test("shelf.save(nested, name) / shelf.load(name): a state dict of nested objects, lists, tensors and scalars", () => {
    const { shelf, afterPowerFailure } = freshShelf();
    const model = { "layer.weight": tensor([[1, 2]]), "layer.bias": arange(2), names: ["a", "b"], epoch: 3 };
    const optimiser = new Adam({ w: model["layer.weight"] });
    optimiser.step({ w: tensor([[1, 1]]) });
    save(shelf, "run", { model, optimiser: optimiser.stateDict() });
    const found = load<any>(afterPowerFailure(), "run");
    expect([found.model.names, found.model.epoch, found.model["layer.bias"].toArray()]).toStrictEqual([
      ["a", "b"],
      3,
      [0, 1],
    ]);
    expect(found.model["layer.weight"].equal(model["layer.weight"])).toBe(true);
    expect(found.optimiser.state[0].step.item()).toBe(1);
  });

  test("shelf.save in place over the one before, which a crash in the middle does not mix with it", () => {
    const { shelf } = freshShelf();
    const state = { a: tensor({ shape: [500] }), b: tensor({ shape: [500] }) };
    save(shelf, "run", state);
    save(shelf, "run", state);
    const variables = [...shelf.keys()].length;
    const region = simulatePowerFailure(dram({ size: 1 << 20 }));
    const other: AnyShelf = openShelf(region, { types: tensorTypes });
    save(other, "run", state);
    for (let epoch = 1; epoch < 4; epoch++) {
      for (const each of Object.values(state)) each.fill_(epoch);
      save(shelf, "run", state);
      save(other, "run", state);
      for (const { bytes } of region.crashImages({ limit: 8 })) {
        const found = load<typeof state>(openShelf(dram({ image: bytes }), { types: tensorTypes }), "run");
        expect(found.a.equal(found.b)).toBe(true);
      }
    }
    expect([...shelf.keys()]).toHaveLength(variables);
  });

  test("np.save / readinto of what is shelved: safetensors, streamed from the shelf to a file and back", async () => {
    const { shelf } = freshShelf();
    shelf.vars["x"] = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      "bfloat16",
    );
    const path = join(folder, "x.safetensors");
    await saveSafetensors(path, { x: shelf.vars["x"] });
    expect(readFileSync(path).length % 8).toBe(0);
    await loadSafetensors(shelf, path, { prefix: "again." });
    expect(shelf.vars["again.x"].equal(shelf.vars["x"])).toBe(true);
  });

  test("checkpointing and logging: losses are appended to a series that outlives the process", () => {
    const { shelf, afterPowerFailure } = freshShelf();
    openSeries(shelf, "losses", { columns: ["loss"] }).append(1, { loss: 0.5 });
    const losses = openSeries(afterPowerFailure(), "losses", { columns: ["loss"] });
    losses.append(2, { loss: 0.25 });
    expect([...losses.toFloat64Array("loss")]).toStrictEqual([0.5, 0.25]);
  });
});
