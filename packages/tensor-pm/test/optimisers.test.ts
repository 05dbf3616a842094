import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { zeros } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import { Adam, AdamW, load, type Optimiser, RMSprop, save, SGD, Tensor, tensor, tensorTypes } from "../src/index.ts";
import { readFixture } from "./support/torch-fixtures.ts";

const classes: Record<string, new (parameters: Record<string, Tensor>, options: any) => Optimiser> = {
  SGD,
  Adam,
  AdamW,
  RMSprop,
};
const names: Record<string, string> = { lr: "learningRate", weight_decay: "weightDecay" };
const cases = readFixture("optimisers.jsonl").map(([, value]) => value);
type AnyShelf = Shelf<Record<string, any>>;

function freshShelf(): AnyShelf {
  return openShelf(dram({ size: 1 << 20 }), { types: tensorTypes });
}

function optionsOf(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [names[key] ?? key, value]));
}

function start({ start: values, dtype }: any): Record<string, Tensor> {
  return { w: tensor(values[0], dtype), b: tensor(values[1], dtype) };
}

function placed(shelf: AnyShelf, parameters: Record<string, Tensor>): Record<string, Tensor> {
  for (const [name, each] of Object.entries(parameters)) if (!shelf.has(name)) shelf.set(name, each);
  return Object.fromEntries(Object.keys(parameters).map((name) => [name, shelf.get(name)]));
}

function gradientsAt({ gradients, dtype }: any, step: number): Record<string, Tensor> {
  const [w, b] = gradients[step];
  return Object.fromEntries(
    [
      ["w", w],
      ["b", b],
    ].flatMap(([name, values]) => (values === null ? [] : [[name, tensor(values, dtype)]])),
  );
}

function expectNear(found: unknown, expected: unknown, tolerance = 1e-6): void {
  if (Array.isArray(expected)) {
    expect(found).toHaveLength(expected.length);
    for (const [at, each] of expected.entries()) expectNear((found as unknown[])[at], each, tolerance);
  } else {
    const distance = Math.abs(Number(found) - Number(expected));
    expect(distance).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(Number(expected))));
  }
}

function plainState(optimiser: Optimiser): any {
  const { state } = optimiser.stateDict();
  return Object.fromEntries(
    Object.entries(state).map(([number, kept]) => [
      number,
      Object.fromEntries(Object.entries(kept).map(([name, each]) => [name, each.toArray()])),
    ]),
  );
}

const titles = cases.map(
  (each) => [`${each.optimiser} of ${each.dtype} ${JSON.stringify(each.options)}`, each] as const,
);

describe.each(titles)("%s", (_, each) => {
  test("follows PyTorch within 1e-6, in DRAM and on a shelf, and carries on where it was left", () => {
    const Chosen = classes[each.optimiser];
    const options = optionsOf(each.options);
    const inDram = start(each);
    const dramOptimiser = new Chosen(inDram, options);
    const shelf = freshShelf();
    const onShelf = placed(shelf, start(each));
    for (const [step, expected] of each.found.entries()) {
      dramOptimiser.step(gradientsAt(each, step));
      // An optimiser made anew at every step has nothing but what is on the shelf.
      new Chosen(onShelf, { ...options, shelf }).step(gradientsAt(each, step));
      for (const parameters of [inDram, onShelf]) {
        expectNear(parameters["w"].toArray(), expected[0]);
        expectNear(parameters["b"].toArray(), expected[1]);
      }
      expect(onShelf["w"].toArray()).toStrictEqual(inDram["w"].toArray());
    }
  });

  test("has PyTorch's state dict, and takes PyTorch's over", () => {
    const Chosen = classes[each.optimiser];
    const parameters = start(each);
    const optimiser = new Chosen(parameters, optionsOf(each.options));
    for (const step of each.found.keys()) optimiser.step(gradientsAt(each, step));
    const found = plainState(optimiser);
    // A dampened SGD here counts steps, so as not to dampen the first; PyTorch sees that from its state being there.
    for (const [number, kept] of Object.entries<any>(each.state)) {
      // Sums of quotients of float32, which PyTorch rounds at each step, this package once.
      for (const [name, values] of Object.entries(kept)) expectNear(found[number][name], values, 4e-6);
    }
    expect(optimiser.stateDict().param_groups).toHaveLength(1);
    expect(optimiser.stateDict().param_groups[0]).toMatchObject(each.group);

    const other = new Chosen(start({ ...each, start: each.found.at(-1) }), { learningRate: 9 });
    other.loadStateDict({ state: each.state, param_groups: [each.group] });
    expect(other.stateDict().param_groups[0]).toMatchObject(each.group);
    for (const kept of Object.values<any>(plainState(other))) {
      expect(Object.keys(kept)).toEqual(expect.arrayContaining(Object.keys(each.state[0] ?? {})));
    }
    const [mine, theirs] = [optimiser, other];
    if (each.options.dampening === undefined) {
      mine.step(gradientsAt(each, 0));
      theirs.step(gradientsAt(each, 0));
      for (const [name, kept] of Object.entries<any>(plainState(mine)["0"]))
        expectNear(plainState(theirs)["0"][name], kept, 4e-6);
    }
  });
});

describe("a state dict", () => {
  const each = cases.find(({ optimiser, options }) => optimiser === "Adam" && options.amsgrad === true);

  test("goes into a checkpoint and back into another optimiser, on another shelf too, bit for bit", () => {
    const parameters = start(each);
    const optimiser = new Adam(parameters, { learningRate: 0.05, amsgrad: true });
    for (let step = 0; step < 4; step++) optimiser.step(gradientsAt(each, step));
    const checkpoints = freshShelf();
    save(checkpoints, "run", { model: parameters, optimiser: optimiser.stateDict() });

    const { model, optimiser: saved } = load<any>(checkpoints, "run");
    const shelf = freshShelf();
    const resumed = new Adam(placed(shelf, model), { shelf });
    resumed.loadStateDict(saved);
    expect(plainState(resumed)).toStrictEqual(plainState(optimiser));
    for (let step = 4; step < 8; step++) {
      optimiser.step(gradientsAt(each, step));
      resumed.step(gradientsAt(each, step));
    }
    expect(plainState(resumed)).toStrictEqual(plainState(optimiser));
    expect(shelf.get("w").toArray()).toStrictEqual(parameters["w"].toArray());
    const kept = ["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"];
    expect(resumed.variables).toStrictEqual(["w", "b"].flatMap((key) => kept.map((name) => `adam/${key}/${name}`)));
  });

  test("of another model is refused with nothing changed, on a shelf too", () => {
    const shelf = freshShelf();
    const optimiser = new Adam(placed(shelf, start(each)), { shelf, amsgrad: true });
    optimiser.step(gradientsAt(each, 0));
    const before = plainState(optimiser);
    const good = optimiser.stateDict();
    const group = good.param_groups[0];
    const wrongState = { ...good.state, 1: { ...good.state[1], exp_avg: tensor([1, 2]) } };
    for (const wrong of [
      {},
      { ...good, param_groups: [] },
      { ...good, param_groups: [group, group] },
      { ...good, param_groups: [{ ...group, params: [0] }] },
      { ...good, param_groups: [{ ...group, lr: -1 }] },
      { ...good, param_groups: [{ ...group, betas: [0.9, 1] }] },
      { ...good, param_groups: [{ ...group, amsgrad: "yes" }] },
      { state: wrongState, param_groups: [{ ...group, lr: 7, eps: 5 }] },
      { state: { 0: { exp_avg: "1" } }, param_groups: [group] },
    ]) {
      expect(() => optimiser.loadStateDict(wrong as never)).toThrow(/TypeError|RangeError|expected/);
      expect(plainState(optimiser)).toStrictEqual(before);
      expect(optimiser.learningRate).toBe(1e-3);
    }
  });
});

test("a step of Adam is durable on return with its state, and undone with its transaction", () => {
  const each = cases.find(({ optimiser }) => optimiser === "Adam");
  const region = simulatePowerFailure(dram({ size: 1 << 20 }));
  const shelf: AnyShelf = openShelf(region, { types: tensorTypes });
  const optimiser = new Adam(placed(shelf, start(each)), { shelf });
  optimiser.step(gradientsAt(each, 0));
  const image = (): any => {
    const after: AnyShelf = openShelf(dram({ image: region.durableImage() }), { types: tensorTypes });
    return ["w", "b", ...optimiser.variables].map((name) => after.get(name).toArray());
  };
  const now = (): any => ["w", "b", ...optimiser.variables].map((name) => shelf.get(name).toArray());
  const durable = now();
  expect(image()).toStrictEqual(durable);
  const undone = (): void =>
    shelf.transaction(() => {
      optimiser.step(gradientsAt(each, 1));
      throw new Error("no");
    });
  expect(undone).toThrow("no");
  expect([now(), image()]).toStrictEqual([durable, durable]);
});

describe("steps are counted for each parameter by its name", () => {
  const gradient = new Float32Array([1]);
  const stepped = (shelf: AnyShelf, keys: readonly string[], along: readonly string[]): Optimiser => {
    const parameters = placed(shelf, Object.fromEntries(keys.map((key) => [key, tensor([1])])));
    const optimiser = new Adam(parameters, { learningRate: 0.1, shelf });
    optimiser.step(Object.fromEntries(along.map((name) => [name, gradient])));
    return optimiser;
  };

  test("so that two optimisers on a shelf do not count each other's", () => {
    const shelf = freshShelf();
    for (const name of ["generator", "discriminator"]) {
      stepped(shelf, [name], [name]);
      expect(shelf.get(name).item()).toBeCloseTo(0.9, 6);
    }
  });

  test("so that parameters may come in another order, come along, or be left out, the next time", () => {
    const shelf = freshShelf();
    stepped(shelf, ["a", "b"], ["a"]);
    const optimiser = stepped(shelf, ["c", "b", "a"], ["b", "a"]);
    expect(Object.values(plainState(optimiser)).map(({ step }: any) => step)).toStrictEqual([0, 1, 2]);
    for (const name of ["a", "b"]) expect(shelf.get(name).item()).toBeCloseTo(name === "a" ? 0.8 : 0.9, 6);
    expect(() => stepped(shelf, ["a"], ["a"])).not.toThrow();
  });

  test("also those of a dampened SGD, beside its velocities", () => {
    const shelf = freshShelf();
    const parameters = placed(shelf, { w: tensor([0]), v: tensor([0]) });
    const options = { learningRate: 1, momentum: 1, dampening: 0.5, shelf };
    new SGD({ w: parameters["w"] }, options).step({ w: gradient });
    const both = new SGD(parameters, options);
    both.step({ v: gradient, w: gradient });
    expect(both.variables).toStrictEqual(["w", "v"].flatMap((key) => [`sgd.steps/${key}`, `sgd/${key}`]));
    expect(Object.values(parameters).map((each) => each.item())).toStrictEqual([-2.5, -1]);
  });
});

describe.each([
  ["SGD", { learningRate: 0.1, momentum: 0.9 }],
  ["Adam", { amsgrad: true }],
  ["RMSprop", { momentum: 0.5, centered: true }],
])("%s of a parameter whose first axis is the fastest", (name, options) => {
  const Chosen = classes[name];
  const values = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const rows = (): Tensor => tensor(values);
  const columns = (): Tensor => new Tensor(rows().array.copy("F"));
  const gradient = tensor(values).mul(0.1);

  test("keeps state by the elements' places, in DRAM and on a shelf, so that it goes into other models and comes out", () => {
    const usual = new Chosen({ w: rows() }, options);
    usual.step({ w: gradient });
    const expected = plainState(usual);
    const shelf = freshShelf();
    const inDram = { w: columns() };
    const onShelf = placed(shelf, { w: columns() });
    expect(onShelf["w"].array.layout).toBe("F");
    const both = [new Chosen(inDram, options), new Chosen(onShelf, { ...options, shelf })];
    for (const each of both) {
      each.step({ w: gradient });
      expect(plainState(each)).toStrictEqual(expected);
      const taken = new Chosen({ w: columns() }, options);
      taken.loadStateDict(usual.stateDict());
      expect(plainState(taken)).toStrictEqual(expected);
    }
  });

  test("carries on when the parameter comes back in the other order", () => {
    const shelf = freshShelf();
    const parameters = placed(shelf, { w: columns() });
    const usual = { w: rows() };
    const expected = new Chosen(usual, options);
    new Chosen(parameters, { ...options, shelf }).step({ w: gradient });
    expected.step({ w: gradient });
    shelf.set("w", new Tensor(parameters["w"].array.copy("C")));
    const resumed = new Chosen({ w: shelf.get("w") }, { ...options, shelf });
    resumed.step({ w: gradient });
    expected.step({ w: gradient });
    expect(plainState(resumed)).toStrictEqual(plainState(expected));
    expect(shelf.get("w").toArray()).toStrictEqual(usual.w.toArray());
  });
});

describe("what is no parameter or gradient is refused by its name, with nothing changed", () => {
  test.each([undefined, null, 3, "1", [1, 1], {}, new DataView(new ArrayBuffer(8)), zeros([2], "complex64")])(
    "a gradient such as %s",
    (wrong) => {
      const w = tensor([1, 2]);
      const v = tensor([1, 2]);
      const optimiser = new SGD({ v, w }, { learningRate: 1 });
      const step = (): void => optimiser.step({ v: new Float32Array(2).fill(1), w: wrong as never });
      expect(step).toThrow(expect.objectContaining({ name: "TypeError", message: expect.stringContaining('"w"') }));
      expect([v.toArray(), w.toArray()]).toStrictEqual([
        [1, 2],
        [1, 2],
      ]);
    },
  );

  test.each([undefined, null, "w", new Map([["w", tensor([1])]]), new Set([1])])("all of them as %s", (wrong) => {
    const expected = expect.objectContaining({ name: "TypeError", message: expect.stringContaining("by their names") });
    expect(() => new Adam(wrong as never)).toThrow(expected);
    expect(() => new Adam({ w: tensor([1]) }).step(wrong as never)).toThrow(expected);
  });
});

test("misuse of optimisers is refused", () => {
  const w = tensor([1, 2]);
  expect(() => new Adam({ w: tensor([1], "bfloat16") })).toThrow(/optimisers need float32 or float64/);
  expect(() => new Adam({ w }, { betas: [0.9] as never })).toThrow(TypeError);
  expect(() => new Adam({ w }, { betas: [1, 0.9] })).toThrow(RangeError);
  expect(() => new RMSprop({ w }, { centered: 1 as never })).toThrow(TypeError);
  expect(() => new SGD({ w }, { learningRate: 1, nesterov: true })).toThrow(/nesterov/);
  expect(() => new SGD({ w }, { learningRate: 1, momentum: 1, dampening: 0.5, nesterov: true })).toThrow(RangeError);
  expect(() => new SGD({ w }, {} as never)).toThrow("learningRate: expected a number, found undefined");
  expect(() => new SGD({ w }, undefined as never)).toThrow(/^SGD: expected options such as .*, found undefined$/);
  expect(() => new SGD({ w }, new Uint8Array(2 ** 28) as never)).toThrow(
    /^SGD: expected options such as .*, found an array$/,
  );
  expect(() => new SGD({ w }, { learningRate: 1, shelf: 5 as never })).toThrow(
    /^SGD: .*what openShelf returns, found number$/,
  );
});

test("an option that an optimiser has not is refused, such as PyTorch's lr, which would be left out in silence", () => {
  const w = tensor([1, 2]);
  for (const Kind of [SGD, Adam, AdamW, RMSprop]) {
    const found = `${Kind.name}: expected options among learningRate, weightDecay, maximize, shelf, name,`;
    const options = {
      learningRate: 0.1,
      weightDecay: 0,
      maximize: false,
      shelf: undefined,
      name: "o",
      none: undefined,
    };
    expect(() => new Kind({ w }, { ...options, lr: 0.1 } as never)).toThrow(found);
    expect(new Kind({ w }, options).learningRate).toBe(0.1);
  }
});
