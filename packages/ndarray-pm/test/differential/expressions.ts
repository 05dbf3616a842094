/**
 * Random expressions over random arrays and views, the same for the same seed, in a form that NumPy's side reads: see
 * oracle.py.
 */
import { type DType, dtypeInfo, dtypes } from "../../src/index.ts";
import { Dice } from "./dice.ts";

export type Step = readonly [name: string, ...unknown[]];

export interface ArrayOperand {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly order: "C" | "F";
  /** The elements in memory order, in base64. */
  readonly bytes: string;
  readonly views: readonly Step[];
}

export type OperandForm = ArrayOperand | { readonly scalar: readonly [kind: string, content: unknown] };

export interface Expression {
  readonly name: string;
  readonly inputs: readonly OperandForm[];
  readonly options?: Readonly<Record<string, any>>;
}

const arithmetic = ["add", "subtract", "multiply", "divide", "floorDivide", "remainder", "power"];
const bitwise = ["leftShift", "rightShift", "bitwiseAnd", "bitwiseOr", "bitwiseXor"];
const comparisons = ["equal", "notEqual", "less", "lessEqual", "greater", "greaterEqual"];
const otherBinary = [
  "logicalAnd",
  "logicalOr",
  "logicalXor",
  "maximum",
  "minimum",
  "fmax",
  "fmin",
  "arctan2",
  "hypot",
  "copysign",
];
const unary = [
  ...[
    "negative",
    "positive",
    "absolute",
    "sign",
    "square",
    "reciprocal",
    "floor",
    "ceil",
    "trunc",
    "rint",
    "conjugate",
  ],
  ...["sqrt", "cbrt", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "arcsin", "arccos"],
  ...[
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "deg2rad",
    "rad2deg",
    "isnan",
    "isinf",
    "isfinite",
  ],
  ...["signbit", "logicalNot", "invert"],
];
const reductions = ["sum", "prod", "mean", "var", "std", "min", "max", "any", "all", "argmin", "argmax", "norm"];

export class ExpressionSource {
  readonly #dice: Dice;

  constructor(seed: number) {
    this.#dice = new Dice(seed);
  }

  /** The next expression. One in fifty has long rows, which other loops handle. */
  next(): Expression {
    const dice = this.#dice;
    const long = dice.below(50) === 0;
    const kinds = [
      () => this.#binary(long),
      () => this.#binary(long),
      () => this.#unary(long),
      () => this.#reduction(long),
      () => this.#reduction(long),
      () => this.#inPlace(long),
      () => this.#view(long),
      () => this.#selection(long),
      () => this.#scan(long),
      () => this.#sorting(long),
      () => this.#joining(long),
      () => this.#choice(long),
      () => this.#product(long),
      () => this.#cast(long),
    ];
    return dice.pick(kinds)();
  }

  #shape(long: boolean, rank = this.#dice.below(4)): number[] {
    const dice = this.#dice;
    if (!long) return Array.from({ length: rank }, () => (dice.below(25) === 0 ? 0 : 1 + dice.below(5)));
    return dice.pick([[300], [2100], [3, 300], [300, 3], [40, 40], [2, 40, 20]]);
  }

  #dtype(kinds = "buifc"): DType {
    return this.#dice.pick(dtypes.filter((dtype) => dtype !== "bfloat16" && kinds.includes(dtypeInfo(dtype).kind)));
  }

  /** An array of a shape; with `small`, of values that shifts, powers and products can take. */
  #array(shape: readonly number[], dtype: DType, small = false, views: readonly Step[] = []): ArrayOperand {
    const size = product(shape);
    const { allocate, words } = dtypeInfo(dtype);
    const data = allocate(size);
    for (let at = 0; at < size * words; at++) this.#dice.store(data, dtype, at, small);
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
    return { dtype, shape, order: this.#dice.below(4) === 0 ? "F" : "C", bytes, views };
  }

  /** An array and a chain of views of it, with the shape that they end in. */
  #viewed(long: boolean, dtype: DType, small = false): { operand: ArrayOperand; shape: number[] } {
    const base = this.#shape(long);
    const views: Step[] = [];
    let shape = base;
    for (let count = this.#dice.below(3); count > 0; count--) {
      const { step, shape: next } = this.#step(shape);
      views.push(step);
      shape = next;
    }
    return { operand: this.#array(base, dtype, small, views), shape };
  }

  #step(shape: readonly number[]): { step: Step; shape: number[] } {
    const dice = this.#dice;
    const rank = shape.length;
    const choice = dice.below(9);
    if (choice <= 2) return this.#slice(shape);
    if (choice === 3) return { step: ["transpose"], shape: shape.toReversed() };
    if (choice === 4) return { step: ["flip", []], shape: [...shape] };
    if (choice === 5 && rank >= 2) {
      const [a, b] = [dice.below(rank), dice.below(rank)];
      const swapped = [...shape];
      [swapped[a], swapped[b]] = [shape[b], shape[a]];
      return { step: ["swapaxes", a, b - rank], shape: swapped };
    }
    if (choice === 6) return { step: ["reshape", [-1]], shape: [product(shape)] };
    if (choice === 7 && rank >= 2 && rank === 2) {
      const k = dice.below(3) - 1;
      const length = Math.max(0, Math.min(shape[0] - Math.max(0, -k), shape[1] - Math.max(0, k)));
      return { step: ["diagonal", k], shape: [length] };
    }
    return { step: ["expandDims", rank], shape: [...shape, 1] };
  }

  #slice(shape: readonly number[]): { step: Step; shape: number[] } {
    const dice = this.#dice;
    const keys: unknown[] = [];
    const result: number[] = [];
    for (const length of shape) {
      const kind = dice.below(5);
      if (kind === 0 && length > 0) {
        keys.push(dice.below(2 * length) - length);
      } else if (kind === 1) {
        keys.push(null);
        result.push(length);
      } else {
        const step = dice.pick([1, 1, 2, -1, -2]);
        const from = dice.below(3) === 0 ? null : dice.below(2 * length + 2) - length;
        const to = dice.below(3) === 0 ? null : dice.below(2 * length + 2) - length;
        keys.push([from, to, step]);
        result.push(sliceLength(from, to, step, length));
      }
    }
    if (dice.below(6) === 0) {
      keys.unshift("newaxis");
      result.unshift(1);
    }
    return { step: ["slice", keys], shape: result };
  }

  /** A shape that broadcasts with another. */
  #partner(shape: readonly number[]): number[] {
    const cut = this.#dice.below(3) === 0 ? this.#dice.below(shape.length + 1) : 0;
    return shape.slice(cut).map((length) => (this.#dice.below(4) === 0 ? 1 : length));
  }

  #operands(long: boolean, a: DType, b: DType, small: boolean): OperandForm[] {
    const left = this.#viewed(long, a, small);
    const partner = this.#partner(left.shape);
    const right = this.#dice.below(4) === 0 ? this.#scalar(a, small) : this.#array(partner, b, small);
    return this.#dice.below(4) === 0 && !small ? [right, left.operand] : [left.operand, right];
  }

  #scalar(beside: DType, small: boolean): OperandForm {
    const dice = this.#dice;
    const kind = dtypeInfo(beside).kind;
    if (small) return { scalar: ["int", String(dice.below(6))] };
    const choice = dice.below(10);
    if (choice === 0) return { scalar: ["bool", dice.below(2) === 0] };
    if (choice === 1 && kind === "c") return { scalar: ["complex", [dice.below(9) - 4 + 0.5, dice.below(9) - 4]] };
    if (choice <= 4) return { scalar: ["float", String(dice.below(400) / 16 - 12 + 0.03125)] };
    return {
      scalar: [
        "int",
        String(dice.below(20) === 0 ? dice.below(100_000) - 50_000 : dice.below(100) - (kind === "u" ? 0 : 50)),
      ],
    };
  }

  #binary(long: boolean): Expression {
    const dice = this.#dice;
    const name = dice.pick([...arithmetic, ...arithmetic, ...bitwise, ...comparisons, ...otherBinary]);
    const small = name === "power" || name.endsWith("Shift");
    const a = this.#dtype(bitwise.includes(name) ? "bui" : "buifc");
    const b = dice.below(2) === 0 ? a : this.#dtype(bitwise.includes(name) ? "bui" : "buifc");
    const inputs = this.#operands(long, a, b, small);
    if (dice.below(12) !== 0 || small) return { name, inputs };
    // With out and where: the shapes of arrays as they are.
    const shape = this.#shape(long);
    const dtype = this.#dtype("fi");
    const mask = this.#array(shape, "bool");
    const parts = [
      this.#array(shape, dtype),
      this.#array(this.#partner(shape), dtype),
      mask,
      this.#array(shape, dtype),
    ];
    return { name: dice.pick(["add", "subtract", "multiply", "maximum"]), inputs: parts, options: { where: true } };
  }

  #unary(long: boolean): Expression {
    const name = this.#dice.pick(unary);
    // One divided by 0 has no integer: NumPy leaves it to the processor.
    const dtype = this.#dtype(name === "reciprocal" ? "fc" : "buifc");
    return { name, inputs: [this.#viewed(long, dtype).operand] };
  }

  #axis(rank: number): { axis?: number | number[] } {
    const dice = this.#dice;
    if (rank === 0 || dice.below(4) === 0) return {};
    if (rank >= 2 && dice.below(3) === 0) return { axis: [0, rank - 1] };
    return { axis: dice.below(2 * rank) - rank };
  }

  #reduction(long: boolean): Expression {
    const name = this.#dice.pick(reductions);
    const { operand, shape } = this.#viewed(long, this.#dtype(), name === "prod");
    const options: Record<string, unknown> = this.#axis(shape.length);
    if (name.startsWith("arg") && Array.isArray(options["axis"])) options["axis"] = 0;
    if (this.#dice.below(3) === 0 && name !== "norm" && !(name.startsWith("arg") && options["axis"] === undefined)) {
      options["keepdims"] = true;
    }
    if (name === "var" || name === "std") options["ddof"] = this.#dice.below(2);
    return { name, inputs: [operand], options };
  }

  #scan(long: boolean): Expression {
    const { operand, shape } = this.#viewed(long, this.#dtype(), true);
    const axis = shape.length === 0 || this.#dice.below(4) === 0 ? undefined : this.#dice.below(shape.length);
    return {
      name: this.#dice.pick(["cumsum", "cumprod"]),
      inputs: [operand],
      options: axis === undefined ? {} : { axis },
    };
  }

  #sorting(long: boolean): Expression {
    const name = this.#dice.pick(["sort", "argsort", "takeAlongAxis"]);
    const { operand, shape } = this.#viewed(long, this.#dtype());
    if (shape.length === 0) return { name: "copy", inputs: [operand] };
    return { name, inputs: [operand], options: { axis: this.#dice.below(shape.length) } };
  }

  #joining(long: boolean): Expression {
    const shape = this.#shape(long, 1 + this.#dice.below(3));
    const axis = this.#dice.below(shape.length);
    const name = this.#dice.pick(["concatenate", "stack"]);
    const inputs = Array.from({ length: 1 + this.#dice.below(3) }, () => {
      const own = shape.map((length, at) => (at === axis && name === "concatenate" ? this.#dice.below(4) : length));
      return this.#array(own, this.#dtype());
    });
    return {
      name,
      inputs,
      options: { axis: axis - (this.#dice.below(2) === 0 ? shape.length + (name === "stack" ? 1 : 0) : 0) },
    };
  }

  #choice(long: boolean): Expression {
    const dice = this.#dice;
    const shape = this.#shape(long);
    const name = dice.pick(["where", "clip", "putmask"]);
    if (name === "where") {
      const inputs = [
        this.#array(shape, this.#dtype("buif")),
        this.#array(this.#partner(shape), this.#dtype()),
        this.#array(this.#partner(shape), this.#dtype()),
      ];
      return { name, inputs };
    }
    const dtype = this.#dtype(name === "clip" ? "uif" : "buifc");
    const other = this.#array(this.#partner(shape), dtype);
    const third = this.#array(this.#partner(shape), name === "clip" ? dtype : "bool");
    return { name, inputs: [this.#array(shape, dtype), other, third] };
  }

  #product(long: boolean): Expression {
    const dice = this.#dice;
    const [rows, inner, columns] = long ? [33, 40, 35] : [1 + dice.below(6), dice.below(6), 1 + dice.below(6)];
    const stack = dice.below(3) === 0 ? [1 + dice.below(3)] : [];
    const left = dice.below(4) === 0 ? [inner] : [...stack, rows, inner];
    const right = dice.below(4) === 0 ? [inner] : [...(dice.below(2) === 0 ? stack : []), inner, columns];
    const [a, b] = [this.#dtype(), dice.below(2) === 0 ? undefined : this.#dtype()];
    return { name: "matmul", inputs: [this.#array(left, a, true), this.#array(right, b ?? a, true)] };
  }

  #cast(long: boolean): Expression {
    // Of floats, only values that every integer dtype holds: NumPy leaves the others to the processor.
    const { operand } = this.#viewed(long, this.#dtype(), true);
    return { name: "astype", inputs: [operand], options: { dtype: this.#dtype() } };
  }

  #view(long: boolean): Expression {
    return { name: "copy", inputs: [this.#viewed(long, this.#dtype()).operand] };
  }

  #inPlace(long: boolean): Expression {
    const dice = this.#dice;
    const operation = dice.pick([...arithmetic, ...arithmetic, ...bitwise, "maximum", "minimum"]);
    const small = operation === "power" || operation.endsWith("Shift");
    const shape = this.#shape(long);
    const views: Step[] = [];
    let seen: number[] = shape;
    for (let count = dice.below(3); count > 0; count--) {
      const { step, shape: next } = this.#slice(seen);
      views.push(step);
      seen = next;
    }
    const dtype = this.#dtype();
    const other = dice.below(2) === 0 ? dtype : this.#dtype();
    const target = this.#array(shape, dtype, small);
    return {
      name: "inPlace",
      inputs: [target, this.#array(this.#partner(seen), other, small)],
      options: { operation, views },
    };
  }

  #selection(long: boolean): Expression {
    const dice = this.#dice;
    const shape = this.#shape(long, 1 + dice.below(3)).map((length) => Math.max(1, length));
    const dtype = this.#dtype();
    const source = this.#array(shape, dtype);
    if (dice.below(5) === 0) {
      const axis = dice.below(shape.length);
      const indices = Array.from({ length: dice.below(5) }, () => dice.below(2 * shape[axis]) - shape[axis]);
      return { name: "take", inputs: [source], options: { axis, indices } };
    }
    const selectors: unknown[] = [];
    const places = dice.pick([[3], [2, 1], [1], [0]]);
    for (let axis = 0; axis < shape.length; axis++) {
      const kind = dice.below(5);
      if (kind === 0) selectors.push(dice.below(shape[axis]));
      else if (kind === 1) selectors.push(null);
      else if (kind === 2) selectors.push([null, null, dice.pick([1, 2, -1])]);
      else if (
        kind === 3 &&
        selectors.every((item) => typeof item !== "object" || item === null || Array.isArray(item))
      ) {
        selectors.push(this.#array([shape[axis]], "bool"));
        break;
      } else selectors.push(this.#indices(places, shape[axis]));
    }
    if (dice.below(3) !== 0) return { name: "select", inputs: [source], options: { selectors } };
    return { name: "assignSelected", inputs: [source, this.#array([], dtype)], options: { selectors } };
  }

  #indices(shape: readonly number[], length: number): ArrayOperand {
    const data = Int32Array.from({ length: product(shape) }, () => this.#dice.below(2 * length) - length);
    return { dtype: "int32", shape, order: "C", bytes: Buffer.from(data.buffer).toString("base64"), views: [] };
  }
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, length) => total * length, 1);
}

function sliceLength(from: number | null, to: number | null, step: number, length: number): number {
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + length : at, low), high);
  const first = from === null ? (step > 0 ? low : high) : clamp(from);
  const end = to === null ? (step > 0 ? high : low) : clamp(to);
  return Math.max(0, Math.ceil((end - first) / step));
}
