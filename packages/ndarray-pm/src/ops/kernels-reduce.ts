/**
 * Inner loops that fold a row of elements into one value. Each is self-contained, for `specialise`; those that call
 * themselves do so by a name of their own.
 */

type Floats = Float64Array | Float32Array;
type Numbers = Floats | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;
type BigInts = BigInt64Array | BigUint64Array;

/** Folds `count` elements from `data[i]` on, `step` apart, into `accumulator`. */
export type FoldKernel<Value, Data> = (accumulator: Value, data: Data, i: number, step: number, count: number) => Value;

/**
 * NumPy's pairwise summation: blocks of 128 in eight sums, the halves of anything longer added to each other. The error
 * grows with the logarithm of the count, and the result is NumPy's to the last bit for a row of float64.
 */
export const sum: FoldKernel<number, Numbers> = function pairwise(accumulator, data, i, step, count): number {
  if (count > 128) {
    let half = count >> 1;
    if (count >= 2 ** 31) half = Math.floor(count / 2);
    half -= half % 8;
    return accumulator + (pairwise(0, data, i, step, half) + pairwise(0, data, i + half * step, step, count - half));
  }
  let rest = 0;
  let k = 0;
  if (count >= 8) {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (; k < count - (count % 8); k += 8) {
      s0 += data[i];
      s1 += data[i + step];
      s2 += data[i + 2 * step];
      s3 += data[i + 3 * step];
      s4 += data[i + 4 * step];
      s5 += data[i + 5 * step];
      s6 += data[i + 6 * step];
      s7 += data[i + 7 * step];
      i += 8 * step;
    }
    rest = s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7));
  }
  for (; k < count; k++, i += step) rest += data[i];
  return accumulator + rest;
};

/** The sum of squared distances from `centre`, pairwise as {@link sum}. */
export const sumSquares = function pairwise(
  centre: number,
  data: Numbers,
  i: number,
  step: number,
  count: number,
): number {
  if (count > 128) {
    let half = Math.floor(count / 2);
    half -= half % 8;
    return pairwise(centre, data, i, step, half) + pairwise(centre, data, i + half * step, step, count - half);
  }
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k < count - (count % 4); k += 4, i += 4 * step) {
    const a = data[i] - centre;
    const b = data[i + step] - centre;
    const c = data[i + 2 * step] - centre;
    const d = data[i + 3 * step] - centre;
    s0 += a * a;
    s1 += b * b;
    s2 += c * c;
    s3 += d * d;
  }
  for (; k < count; k++, i += step) s0 += (data[i] - centre) * (data[i] - centre);
  return s0 + s1 + (s2 + s3);
};

export const sumBigInts: FoldKernel<bigint, BigInts> = function (accumulator, data, i, step, count) {
  let total = BigInt.asIntN(64, accumulator);
  for (let k = 0; k < count; k++, i += step) total = BigInt.asIntN(64, total + data[i]);
  return total;
};

/** Integers of up to 32 bits, more of them than a double can count: in pieces that it can. */
export const sumMany: FoldKernel<bigint, Numbers> = function (accumulator, data, i, step, count) {
  let total = accumulator;
  while (count > 0) {
    const piece = count < 1048576 ? count : 1048576;
    let part = 0;
    for (let k = 0; k < piece; k++, i += step) part += data[i];
    total += BigInt(part);
    count -= piece;
  }
  return total;
};

export const product: FoldKernel<number, Numbers> = function (accumulator, data, i, step, count) {
  for (let k = 0; k < count; k++, i += step) accumulator *= data[i];
  return accumulator;
};

export const productBigInts: FoldKernel<bigint, BigInts> = function (accumulator, data, i, step, count) {
  let total = BigInt.asIntN(64, accumulator);
  for (let k = 0; k < count; k++, i += step) total = BigInt.asIntN(64, total * data[i]);
  return total;
};

/** NaN if one is. Most elements are no new minimum, and cost one comparison: it fails for NaN, too. */
export const minimum: FoldKernel<number, Numbers> = function (accumulator, data, i, step, count) {
  if (accumulator !== accumulator) return accumulator;
  let least = accumulator;
  for (let k = 0; k < count; k++, i += step) {
    const value = data[i];
    if (value >= least) continue;
    if (value !== value) return value;
    least = value;
  }
  return least;
};

/** NaN if one is; see {@link minimum}. */
export const maximum: FoldKernel<number, Numbers> = function (accumulator, data, i, step, count) {
  if (accumulator !== accumulator) return accumulator;
  let most = accumulator;
  for (let k = 0; k < count; k++, i += step) {
    const value = data[i];
    if (value <= most) continue;
    if (value !== value) return value;
    most = value;
  }
  return most;
};

export const minimumBigInts: FoldKernel<bigint, BigInts> = function (accumulator, data, i, step, count) {
  for (let k = 0; k < count; k++, i += step) if (data[i] < accumulator) accumulator = data[i];
  return accumulator;
};

export const maximumBigInts: FoldKernel<bigint, BigInts> = function (accumulator, data, i, step, count) {
  for (let k = 0; k < count; k++, i += step) if (data[i] > accumulator) accumulator = data[i];
  return accumulator;
};

/** Of bools: 1 as soon as one is true. */
export const any: FoldKernel<number, Uint8Array> = function (accumulator, data, i, step, count) {
  if (accumulator !== 0) return 1;
  for (let k = 0; k < count; k++, i += step) if (data[i] !== 0) return 1;
  return 0;
};

/** Of bools: 0 as soon as one is false. */
export const all: FoldKernel<number, Uint8Array> = function (accumulator, data, i, step, count) {
  if (accumulator === 0) return 0;
  for (let k = 0; k < count; k++, i += step) if (data[i] === 0) return 0;
  return 1;
};

/** Where in a row the first smallest element is, or the first NaN. */
export const argmin = function (data: number[], i: number, step: number, count: number): number {
  let best = data[i];
  let place = 0;
  for (let k = 0; k < count; k++, i += step) {
    const value = data[i];
    if (value < best) {
      best = value;
      place = k;
    } else if (value !== value) {
      return k;
    }
  }
  return place;
};

/** Where in a row the first largest element is, or the first NaN. */
export const argmax = function (data: number[], i: number, step: number, count: number): number {
  let best = data[i];
  let place = 0;
  for (let k = 0; k < count; k++, i += step) {
    const value = data[i];
    if (value > best) {
      best = value;
      place = k;
    } else if (value !== value) {
      return k;
    }
  }
  return place;
};

/** Sums of absolute values, for norms. */
export const sumAbsolute: FoldKernel<number, Numbers> = function (accumulator, data, i, step, count) {
  let rest = 0;
  for (let k = 0; k < count; k++, i += step) rest += Math.abs(data[i]);
  return accumulator + rest;
};

/** The inner product of two rows: the products, each rounded, summed as {@link sum} sums. */
export const innerProduct = function pairwise(
  a: Numbers,
  i: number,
  iStep: number,
  b: Numbers,
  j: number,
  jStep: number,
  count: number,
): number {
  if (count > 128) {
    let half = Math.floor(count / 2);
    half -= half % 8;
    return (
      pairwise(a, i, iStep, b, j, jStep, half) +
      pairwise(a, i + half * iStep, iStep, b, j + half * jStep, jStep, count - half)
    );
  }
  let rest = 0;
  let k = 0;
  if (count >= 8) {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (; k < count - (count % 8); k += 8, i += 8 * iStep, j += 8 * jStep) {
      s0 += a[i] * b[j];
      s1 += a[i + iStep] * b[j + jStep];
      s2 += a[i + 2 * iStep] * b[j + 2 * jStep];
      s3 += a[i + 3 * iStep] * b[j + 3 * jStep];
      s4 += a[i + 4 * iStep] * b[j + 4 * jStep];
      s5 += a[i + 5 * iStep] * b[j + 5 * jStep];
      s6 += a[i + 6 * iStep] * b[j + 6 * jStep];
      s7 += a[i + 7 * iStep] * b[j + 7 * jStep];
    }
    rest = s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7));
  }
  for (; k < count; k++, i += iStep, j += jStep) rest += a[i] * b[j];
  return rest;
};
