import { dram } from "@nodemm/emulator";
import { openShelf } from "@nodemm/shelf";
import { expect, test } from "vitest";
import { array, matmul, ndarrayCodec, sqrt, watchWrites, zeros } from "../src/index.ts";

/** The nearest of all numbers of bfloat16, the even one of two, found by looking at them. */
function nearest(value: number, finite: readonly (readonly [bits: number, value: number])[]): number {
  let best = finite[0];
  for (const each of finite) {
    const closer = Math.abs(each[1] - value) - Math.abs(best[1] - value);
    if (closer < 0 || (closer === 0 && each[0] % 2 === 0)) best = each;
  }
  return best[0];
}

const bits = Uint16Array.from({ length: 65536 }, (_, at) => at);

function ofBits(values: Uint16Array): ReturnType<typeof zeros<"bfloat16">> {
  const x = zeros(values.length, "bfloat16");
  x.data.set(values);
  return x;
}

test("every number of bfloat16 is the upper half of a float32, and survives the way there and back", () => {
  const x = ofBits(bits);
  const wide = new Uint32Array(x.astype("float32").data.buffer);
  const isNaN16 = (each: number): boolean => (each & 0x7fff) > 0x7f80;
  expect(bits.filter((each) => !isNaN16(each) && wide[each] !== each * 65536)).toHaveLength(0);
  for (const wider of ["float32", "float64", "complex64"] as const) {
    const back = x.astype(wider).astype("bfloat16").data;
    expect(bits.filter((each) => (isNaN16(each) ? back[each] !== 0x7fc0 : back[each] !== each))).toHaveLength(0);
  }
});

test("what lies between two numbers becomes the nearer, half-way the even one", () => {
  const finite = [...bits.subarray(0x3f00, 0x4100)].map((each) => [each, ofBits(Uint16Array.of(each)).get(0)] as const);
  for (let at = 0; at < 400; at++) {
    const value = 0.75 + at / 1024;
    expect([value, array([value], "bfloat16").data[0]]).toStrictEqual([value, nearest(value, finite)]);
  }
  expect(array([3.4e38, 3.3895313892515355e38, -Infinity, 1e-45], "bfloat16").data).toStrictEqual(
    Uint16Array.of(0x7f80, 0x7f7f, 0xff80, 0),
  );
});

test("arithmetic is done in float32 and rounded once", () => {
  const x = array([1, 2, 3], "bfloat16");
  x.iadd(0.00390625).imul(x);
  expect(x.toArray()).toStrictEqual([1, 4, 9]);
  expect(sqrt(array([2], "bfloat16")).get(0)).toBe(1.4140625);
  expect(matmul(array([[1, 2]], "bfloat16"), array([[3], [256]], "bfloat16")).toArray()).toStrictEqual([[516]]);
  expect(array([3, 1, 2], "bfloat16").sort().toArray()).toStrictEqual([1, 2, 3]);
  expect([x.sum(), x.mean(), x.max(), x.argmax(), x.std()].map(Number)).toStrictEqual([14, 4.65625, 9, 2, 3.296875]);
  expect(x.astype("float32").dtype).toBe("float32");
  expect(x.add(array([1], "float16")).dtype).toBe("float32");
});

test("it lives on a shelf as every dtype", () => {
  const shelf = openShelf<Record<string, any>>(dram({ size: 1 << 17 }), { types: [ndarrayCodec] });
  shelf.set("x", array([1, 2.5], "bfloat16"));
  expect(shelf.get("x").iadd(1).toArray()).toStrictEqual([2, 3.5]);
});

test("who watches writes hears of every operation in place before it changes anything, and may forbid it", () => {
  const heard: [number, number, unknown][] = [];
  const x = array([1, 2, 3, 4]);
  const stop = watchWrites((buffer, byteOffset, byteLength) => {
    if (buffer === x.data.buffer) heard.push([byteOffset, byteLength, x.toArray()]);
  });
  x.slice("1:3").iadd(1);
  x.slice("::-2").fill(0);
  x.put([0], 9);
  stop();
  x.iadd(1);
  expect(heard).toStrictEqual([
    [8, 16, [1, 2, 3, 4]],
    [8, 24, [1, 3, 4, 4]],
    [0, 32, [1, 0, 4, 0]],
  ]);
  const forbid = watchWrites(() => {
    throw new Error("not now");
  });
  expect(() => x.sort()).toThrow("not now");
  forbid();
  expect(x.toArray()).toStrictEqual([10, 1, 5, 1]);
});
