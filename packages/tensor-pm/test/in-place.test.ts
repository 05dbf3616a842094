import { dram, simulatePowerFailure } from "@nodemm/emulator";
import { defaultRng } from "@nodemm/ndarray-pm";
import { openShelf, type Shelf } from "@nodemm/shelf";
import { describe, expect, test } from "vitest";
import { manualSeed, Tensor, tensor, tensorTypes } from "../src/index.ts";

function freshShelf(): { shelf: Shelf<Record<string, any>>; image: () => Shelf<Record<string, any>> } {
  const region = simulatePowerFailure(dram({ size: 1 << 20 }));
  const shelf = openShelf<Record<string, any>>(region, { types: tensorTypes });
  const image = (): Shelf<Record<string, any>> =>
    openShelf(dram({ image: region.durableImage() }), { types: tensorTypes });
  return { shelf, image };
}

const operations: Record<string, (x: Tensor) => Tensor> = {
  add_: (x) => x.add_(1),
  "add_ with alpha": (x) => x.add_([1, 2, 3], { alpha: 2 }),
  sub_: (x) => x.sub_(0.5),
  mul_: (x) => x.mul_(2),
  div_: (x) => x.div_(4),
  "div_ with a rounding mode": (x) => x.div_(2, { roundingMode: "trunc" }),
  pow_: (x) => x.pow_(2),
  sqrt_: (x) => x.sqrt_(),
  sigmoid_: (x) => x.sigmoid_(),
  relu_: (x) => x.relu_(),
  neg_: (x) => x.neg_(),
  exp_: (x) => x.exp_(),
  round_: (x) => x.round_(),
  clamp_: (x) => x.clamp_(1.5, 2.5),
  fill_: (x) => x.fill_(9),
  zero_: (x) => x.zero_(),
  copy_: (x) => x.copy_(tensor([7, 8, 9], "int64")),
  addcmul_: (x) => x.addcmul_([1, 2, 3], tensor([1, 0, 2], "float64"), { value: 0.5 }),
  addcdiv_: (x) => x.addcdiv_([1, 2, 3], [4, 5, 6]),
  lerp_: (x) => x.lerp_([4, 4, 4], 0.5),
  masked_fill_: (x) => x.masked_fill_(tensor([true, false, true]), 5),
  uniform_: (x) => x.uniform_(0, 1, { generator: defaultRng(3) }),
  normal_: (x) => x.normal_(0, 1, { generator: defaultRng(3) }),
};

describe.each(Object.entries(operations))("%s on a shelf", (_, operation) => {
  test.each(["float32", "bfloat16", "float64"] as const)(
    "of %s does what it does in DRAM, is durable on return, and is undone with its transaction",
    (dtype) => {
      const { shelf, image } = freshShelf();
      shelf.set("x", tensor([1, 2, 3], dtype));
      const x: Tensor = shelf.get("x");
      const undone = (): void =>
        shelf.transaction(() => {
          operation(x);
          throw new Error("no");
        });
      expect(undone).toThrow("no");
      expect(x.toArray()).toStrictEqual([1, 2, 3]);
      expect(image().get("x").toArray()).toStrictEqual([1, 2, 3]);
      expect(operation(x)).toBe(x);
      expect(x.toArray()).toStrictEqual(operation(tensor([1, 2, 3], dtype)).toArray());
      expect(image().get("x").toArray()).toStrictEqual(x.toArray());
    },
  );
});

test("what does not fit in place is refused with nothing changed", () => {
  const x = tensor([1, 2, 3], "int32");
  for (const wrong of [
    () => x.add_(0.5),
    () => x.div_(2),
    () => x.sqrt_(),
    () => x.sub_(true),
    () => x.masked_fill_([true, false, true] as never, 1),
    () => x.clamp_(0.5, 2),
    () => x.add_(tensor([1], "float16")),
    () => x.addcdiv_([1], [2]),
    () => x.uniform_(),
    () => tensor([true]).add_(1),
  ]) {
    expect(wrong).toThrow(TypeError);
  }
  expect(() => x.add_(tensor({ shape: [2, 3] }, "int32"))).toThrow(RangeError);
  expect(() => x.add_(tensor({ shape: [2, 3] }, "int64"))).toThrow(RangeError);
  expect(() => x.unsqueeze(0).expand(2, 3).add_(1)).toThrow(/broadcast/);
  expect(x.toArray()).toStrictEqual([1, 2, 3]);
});

test("rounding modes, ranges and operands that make no sense are refused by what they are, with nothing changed", () => {
  const x = tensor([1.5, 2]);
  for (const mode of ["ceil", null, 1] as never[]) {
    for (const name of ["div", "div_"] as const) {
      expect(() => x[name](2, { roundingMode: mode })).toThrow(/expected "floor" or "trunc"/);
    }
  }
  for (const wrong of [undefined, null, "1", {}, new Map(), [1, "2"], () => 1] as never[]) {
    const calls = [() => x.add(wrong), () => x.add_(wrong), () => x.lt(wrong), () => x.lerp_(2, wrong)];
    for (const call of calls) {
      expect(call).toThrow(expect.objectContaining({ name: "TypeError", message: expect.stringContaining("operand") }));
    }
  }
  expect(() => x.clamp_(null as never, 1)).toThrow(/operand, found null/);
  expect(() => x.uniform_(2, 1)).toThrow(/from lower to higher/);
  expect(() => x.normal_(0, -1)).toThrow(RangeError);
  expect(x.toArray()).toStrictEqual([1.5, 2]);
});

test("options that an operation has not are refused, such as PyTorch's names and places for them", () => {
  const x = tensor([7, 8]);
  const wrong: [() => unknown, RegExp][] = [
    [
      () => x.div(2, { rounding_mode: "floor" } as never),
      /^div: expected options among roundingMode, found "rounding_mode"$/,
    ],
    [() => x.div_(2, { rounding: "floor" } as never), /^div_: expected options among roundingMode, found "rounding"$/],
    [() => x.add_(1, 2 as never), /^add_: expected options such as \{ alpha \}, found 2$/],
    [() => x.sub(1, null as never), /^sub: expected options such as \{ alpha \}, found null$/],
    [() => x.addcmul_(x, x, 0.1 as never), /^addcmul_: expected options such as \{ value \}, found 0.1$/],
    [() => x.addcdiv(x, x, { alpha: 1 } as never), /^addcdiv: expected options among value, found "alpha"$/],
    [
      () => x.allclose(x, { equal_nan: true } as never),
      /^allclose: expected options among rtol, atol, equalNan, found/,
    ],
    [() => x.normal_(0, 1, { out: x } as never), /^normal_: expected options among generator, found "out"$/],
  ];
  for (const [call, message] of wrong) expect(call).toThrow(message);
  expect(x.toArray()).toStrictEqual([7, 8]);
  expect(x.div(2, { roundingMode: undefined as never }).toArray()).toStrictEqual([3.5, 4]);
});

test("views share the elements, and keep requiresGrad; detach and clone do as their names say", () => {
  const x = tensor(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    "float32",
    { requiresGrad: true },
  );
  x.select(0, 1).mul_(10);
  x.narrow(1, 0, 1).neg_();
  x.t().slice(2).fill_(0);
  expect(x.toArray()).toStrictEqual([
    [-1, 2, 0],
    [-40, 50, 0],
  ]);
  expect(x.view(3, -1).shape).toStrictEqual([3, 2]);
  expect(() => x.t().view(6)).toThrow(/reshape\(\) copies/);
  expect(x.t().reshape(6).toArray()).toStrictEqual([-1, -40, 2, 50, 0, 0]);
  expect([x.permute(1, 0).shape, x.transpose(0, -1).shape, x.unsqueeze(-1).shape, x.flatten().shape]).toStrictEqual([
    [3, 2],
    [3, 2],
    [2, 3, 1],
    [6],
  ]);
  expect([x.unsqueeze(0).squeeze().shape, x.unsqueeze(0).squeeze(1).shape]).toStrictEqual([
    [2, 3],
    [1, 2, 3],
  ]);
  expect([x.size(), x.size(-1), x.stride(), x.nbytes, x.element_size(), x.is_contiguous()]).toStrictEqual([
    [2, 3],
    3,
    [3, 1],
    24,
    4,
    true,
  ]);
  expect([
    x.slice(0).requiresGrad,
    x.detach().requiresGrad,
    x.clone().requiresGrad,
    x.add(1).requiresGrad,
  ]).toStrictEqual([true, false, true, false]);
  x.detach().zero_();
  const copy = x.clone().fill_(1);
  expect([x.toArray(), copy.tolist()]).toStrictEqual([
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [1, 1, 1],
      [1, 1, 1],
    ],
  ]);
  expect([x.to("bfloat16").requiresGrad, x.to("int8").requiresGrad, x.to("float32").array]).toStrictEqual([
    true,
    false,
    x.array,
  ]);
  expect(x.t().contiguous().is_contiguous()).toBe(true);
  expect(() => x.narrow(0, 1, 2)).toThrow(RangeError);
  expect(() => x.size(2)).toThrow(RangeError);
});

test("manualSeed starts the same numbers again, spread as asked for", () => {
  const draw = (): unknown => {
    manualSeed(11);
    return [
      tensor({ shape: [4] })
        .uniform_(2, 3)
        .toArray(),
      tensor({ shape: [4] }, "float64")
        .normal_()
        .toArray(),
    ];
  };
  expect(draw()).toStrictEqual(draw());
  const uniform = tensor({ shape: [10_000] }).uniform_(2, 4).array;
  expect([uniform.min() >= 2, uniform.max() <= 4, Math.abs(uniform.mean() - 3) < 0.05]).toStrictEqual([
    true,
    true,
    true,
  ]);
  const normal = tensor({ shape: [10_000] }).normal_(1, 2).array;
  expect([Math.abs(normal.mean() - 1) < 0.1, Math.abs(normal.std() - 2) < 0.1]).toStrictEqual([true, true]);
});

test("equal and allclose tell values from shapes, and the largest of integers apart", () => {
  const big = tensor([2n ** 53n, 1n]);
  expect([big.equal(tensor([2n ** 53n + 1n, 1n])), big.equal(tensor([2n ** 53n, 1n]))]).toStrictEqual([false, true]);
  expect(tensor([1, 2]).equal(tensor([[1, 2]]))).toBe(false);
  expect(tensor([1, 2]).allclose([[1, 2]])).toBe(true);
  expect(
    tensor([1, 2])
      .where(tensor([true, false]), 0)
      .toArray(),
  ).toStrictEqual([1, 0]);
  expect(Tensor.from([[1, 2]], "int8").dtype).toBe("int8");
});
