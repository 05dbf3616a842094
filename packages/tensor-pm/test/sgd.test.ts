import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { array, ndarrayCodec } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SGD, Tensor, tensor, tensorCodec } from "../src/index.ts";

const types = [tensorCodec, ndarrayCodec];

function freshShelf(): Shelf<Record<string, any>> {
  return openShelf(dram({ size: 1 << 20 }), { types });
}

/** PyTorch's formula for one parameter, written out, each operation rounded by `round`. */
function reference(
  parameter: number[],
  gradients: number[][],
  { learningRate, momentum, weightDecay }: { learningRate: number; momentum: number; weightDecay: number },
  round: (value: number) => number,
): number[] {
  const [rate, keep, decay] = [learningRate, momentum, weightDecay].map(round);
  const p = parameter.map(round);
  const v = p.map(() => 0);
  for (const gradient of gradients) {
    for (let i = 0; i < p.length; i++) {
      const slope = round(round(gradient[i]) + round(decay * p[i]));
      v[i] = momentum === 0 ? slope : round(round(keep * v[i]) + slope);
      p[i] = round(p[i] - round(rate * v[i]));
    }
  }
  return p;
}

const value = fc.double({ min: -10, max: 10, noNaN: true });
const rate = fc.double({ min: 0, max: 1, noNaN: true });

describe("SGD", () => {
  test.each(["float32", "float64"] as const)("of %s follows PyTorch's formula, in DRAM and on a shelf", (dtype) => {
    const round = dtype === "float32" ? Math.fround : (x: number) => x;
    const row = fc.array(value, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(
        row,
        fc.array(row, { minLength: 1, maxLength: 4 }),
        fc.record({ learningRate: rate, momentum: fc.oneof(fc.constant(0), rate), weightDecay: rate }),
        (start, gradients, rates) => {
          const expected = reference(start, gradients, rates, round);
          const inDram = tensor(array(start, dtype).reshape(2, 3));
          const shelf = freshShelf();
          shelf.set("p", inDram);
          const dramOptimiser = new SGD({ p: inDram }, rates);
          const shelfOptimiser = new SGD({ p: shelf.get("p") }, { ...rates, shelf });
          for (const gradient of gradients) {
            dramOptimiser.step({ p: array(gradient, dtype) });
            shelfOptimiser.step({ p: array(gradient, dtype).data });
          }
          expect([...inDram.array.data]).toStrictEqual(expected);
          expect([...shelf.get("p").array.data]).toStrictEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("takes gradients of any strides and dtype, as the same elements", () => {
    const gradient = array([
      [1, 0, 2],
      [0, 3, 0],
    ]);
    const forms = [
      gradient.astype("float32"),
      gradient,
      gradient.copy("F"),
      gradient.astype("int8"),
      gradient.ravel(),
      tensor(gradient),
      gradient.flip(1).astype("float32").flip(1),
      new Float32Array([1, 0, 2, 0, 3, 0]),
      new Uint8Array([1, 0, 2, 0, 3, 0]),
    ];
    for (const form of forms) {
      const q = tensor(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        "float32",
      );
      new SGD({ q }, { learningRate: 1 }).step({ q: form });
      expect(q.toArray()).toStrictEqual([
        [0, 2, 1],
        [4, 2, 6],
      ]);
    }
  });

  test("steps a Fortran-ordered parameter by its elements, not its memory", () => {
    const shelf = freshShelf();
    shelf.set(
      "f",
      array(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        "float32",
      ).copy("F"),
    );
    const p = new Tensor(shelf.get("f"));
    const optimiser = new SGD({ p }, { learningRate: 1, momentum: 0.5, shelf });
    optimiser.step({
      p: array([
        [1, 0, 2],
        [0, 3, 0],
      ]),
    });
    optimiser.step({ p: new Float32Array(6) });
    expect(p.toArray()).toStrictEqual([
      [-0.5, 2, 0],
      [4, 0.5, 6],
    ]);
  });

  test("leaves parameters without a gradient as they are, and its rate can be changed", () => {
    const a = tensor([1]);
    const b = tensor([1]);
    const optimiser = new SGD({ a, b }, { learningRate: 1 });
    optimiser.step({ a: new Float32Array([1]) });
    optimiser.learningRate = 0.5;
    optimiser.step({ a: new Float32Array([1]) });
    expect([a.toArray(), b.toArray()]).toStrictEqual([[-0.5], [1]]);
    expect([optimiser.learningRate, optimiser.momentum, optimiser.weightDecay]).toStrictEqual([0.5, 0, 0]);
  });
});

describe("SGD on a shelf", () => {
  const options = { learningRate: 0.5, momentum: 0.5 };

  test("keeps its velocities there and carries on from them", () => {
    const shelf = freshShelf();
    shelf.set("w", tensor([1, 2]));
    new SGD({ w: shelf.get("w") }, { ...options, shelf, name: "optimiser" }).step({ w: new Float32Array([1, 1]) });
    expect(shelf.get("optimiser/w").toArray()).toStrictEqual([1, 1]);
    new SGD({ w: shelf.get("w") }, { ...options, shelf, name: "optimiser" }).step({ w: new Float32Array([1, 1]) });
    expect(shelf.get("optimiser/w").toArray()).toStrictEqual([1.5, 1.5]);
    expect(shelf.get("w").toArray()).toStrictEqual([-0.25, 0.75]);
  });

  test("steps all parameters and velocities durably together, with what the caller adds to the transaction", () => {
    const region = simulatePowerFailure(dram({ size: 1 << 20 }));
    const shelf = openShelf<Record<string, any>>(region, { types });
    const read = (): unknown[] => {
      const reopened = openShelf<Record<string, any>>(dram({ image: region.durableImage() }), { types });
      const names = ["w", "b", "sgd/w", "sgd/b"];
      return [...names.map((name) => reopened.get(name).toArray()), reopened.get("step")];
    };
    shelf.set("w", tensor([[1, 2]]));
    shelf.set("b", tensor([3]));
    shelf.set("step", 0);
    const optimiser = new SGD({ w: shelf.get("w"), b: shelf.get("b") }, { ...options, shelf });
    const gradients = { w: new Float32Array([1, 2]), b: new Float32Array([4]) };
    const before = [[[1, 2]], [3], [[0, 0]], [0], 0];
    const after = [[[0.5, 1]], [1], [[1, 2]], [4], 1];
    shelf.transaction(() => {
      optimiser.step(gradients);
      shelf.set("step", 1);
      expect(read()).toStrictEqual(before);
    });
    expect(read()).toStrictEqual(after);
    const regret = (): void =>
      shelf.transaction(() => {
        optimiser.step(gradients);
        throw new Error("no");
      });
    expect(regret).toThrow("no");
    expect([shelf.get("w").toArray(), shelf.get("sgd/b").toArray()]).toStrictEqual([[[0.5, 1]], [4]]);
    optimiser.step(gradients);
    expect(read()[1]).toStrictEqual([-2]);
  });

  test("shows its velocities and their names, on a shelf and in DRAM", () => {
    const shelf = freshShelf();
    shelf.set("w", tensor([1, 2]));
    const moving = new SGD({ w: shelf.get("w") }, { ...options, shelf });
    expect(moving.variables).toStrictEqual(["sgd/w"]);
    expect(moving.velocities.w).toBe(shelf.get("sgd/w"));
    const still = new SGD({ w: shelf.get("w") }, { learningRate: 1, shelf });
    expect([still.variables, still.velocities]).toStrictEqual([[], {}]);
    const inDram = new SGD({ w: tensor([1]) }, options);
    inDram.step({ w: new Float32Array([2]) });
    expect([inDram.variables, inDram.velocities.w.toArray()]).toStrictEqual([[], [2]]);
  });

  test("writes nothing more to the log where the caller has saved parameters and velocities", () => {
    const region = simulatePowerFailure(dram({ size: 1 << 20 }));
    const shelf = openShelf<Record<string, any>>(region, { types });
    shelf.set("w", tensor([1, 2]));
    const optimiser = new SGD({ w: shelf.get("w") }, { ...options, shelf });
    const durableBytesChangeIn = (step: () => void): boolean => {
      const before = region.durableImage();
      step();
      return Buffer.compare(new Uint8Array(before), new Uint8Array(region.durableImage())) !== 0;
    };
    const step = (): void => optimiser.step({ w: new Float32Array([1, 1]) });
    shelf.transaction(() => expect(durableBytesChangeIn(step)).toBe(true));
    shelf.transaction(() => {
      shelf.snapshot(["w", ...optimiser.variables]);
      expect(durableBytesChangeIn(step)).toBe(false);
    });
    expect(shelf.get("w").toArray()).toStrictEqual([-0.25, 0.75]);
  });

  test("refuses a velocity of another shape, and a parameter that lives elsewhere", () => {
    const shelf = freshShelf();
    shelf.set("w", tensor([1, 2]));
    shelf.set("sgd/w", tensor([1, 2, 3]));
    expect(() => new SGD({ w: shelf.get("w") }, { ...options, shelf })).toThrow(/is a float32 tensor \[3\], expected/);
    shelf.set("sgd/w", 5);
    expect(() => new SGD({ w: shelf.get("w") }, { ...options, shelf })).toThrow(/is no tensor/);
    expect(() => new SGD({ w: tensor([1]) }, { ...options, shelf })).toThrow(/is in DRAM/);
    expect(() => new SGD({ w: shelf.get("w") }, options)).toThrow(/is on a shelf/);
  });

  test("leaves no velocities behind when it is refused", () => {
    const shelf = freshShelf();
    shelf.set("a", tensor([1]));
    shelf.set("b", tensor([1], "int8"));
    expect(() => new SGD({ a: shelf.get("a"), b: shelf.get("b") }, { ...options, shelf })).toThrow(/is int8/);
    expect(shelf.has("sgd/a")).toBe(false);
  });
});

test("PyTorch's state, which counts no steps, goes on from its velocity where that is dampened", () => {
  const w = tensor([0]);
  const optimiser = new SGD({ w }, { learningRate: 1, momentum: 0.9, dampening: 0.5 });
  const { param_groups } = optimiser.stateDict();
  optimiser.loadStateDict({ state: { 0: { momentum_buffer: tensor([10]) } }, param_groups });
  optimiser.step({ w: new Float32Array([1]) });
  expect(w.toArray()).toStrictEqual([-9.5]);
  optimiser.loadStateDict({ state: { 0: { momentum_buffer: null } }, param_groups });
  optimiser.step({ w: new Float32Array([1]) });
  expect(w.toArray()).toStrictEqual([-10.5]);
});

test("a state dict is not taken over inside a transaction, which could not take the hyperparameters back", () => {
  const shelf = freshShelf();
  shelf.set("w", tensor([0]));
  const optimiser = new SGD({ w: shelf.get("w") }, { learningRate: 0.5, shelf });
  const dict = new SGD({ w: tensor([0]) }, { learningRate: 1, momentum: 0.9 }).stateDict();
  expect(() => shelf.transaction(() => optimiser.loadStateDict(dict))).toThrow(
    expect.objectContaining({ code: "ERR_SHELF_TRANSACTION" }),
  );
  optimiser.step({ w: new Float32Array([1]) });
  expect([shelf.get("w").toArray(), optimiser.learningRate]).toStrictEqual([[-0.5], 0.5]);
  optimiser.loadStateDict(dict);
  expect(optimiser.learningRate).toBe(1);
});

test("misuse of SGD is refused before anything changes", () => {
  const w = tensor([1, 2]);
  const optimiser = new SGD({ w }, { learningRate: 1 });
  expect(() => optimiser.step({ v: new Float32Array(2) })).toThrow(/no parameter "v".*the parameters are w/);
  expect(() => optimiser.step({ w: new Float32Array(3) })).toThrow(/has shape \[3\], its parameter \[2\]/);
  expect(() => optimiser.step({ w: [1, 2] as never })).toThrow(TypeError);
  expect(() => optimiser.step({ w: array([[1], [2]]) })).toThrow(RangeError);
  expect(w.toArray()).toStrictEqual([1, 2]);
  expect(() => new SGD({ w: [1] as never }, { learningRate: 1 })).toThrow(TypeError);
  expect(() => new SGD({ w }, { learningRate: -1 })).toThrow(RangeError);
  expect(() => new SGD({ w }, { learningRate: NaN })).toThrow(RangeError);
  expect(() => new SGD({ w }, { learningRate: "1" as never })).toThrow(TypeError);
  expect(() => new SGD({ w }, { learningRate: 1, momentum: Infinity })).toThrow(RangeError);
  expect(() => new SGD({ w: new Tensor(w.array.slice("::2").reshape(1)) }, { learningRate: 1 })).not.toThrow();
  const wide = tensor([1, 2, 3, 4]);
  expect(() => new SGD({ w: new Tensor(wide.array.slice("::2")) }, { learningRate: 1 })).toThrow(/view with gaps/);
});
