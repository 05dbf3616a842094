/**
 * The operations that have loops over neighbouring elements, as functions of two elements. The arithmetic is that of the
 * strided loops; integers wrap around where they are stored.
 */
import type { BinaryOperation } from "./kernel.ts";
import type { ScalarFunction } from "./map.ts";

type DenseTable = Readonly<Partial<Record<BinaryOperation, ScalarFunction>>>;

const add = (x: number, y: number): number => x + y;
const subtract = (x: number, y: number): number => x - y;
const multiply = (x: number, y: number): number => x * y;
const multiplyIntegers = (x: number, y: number): number => Math.imul(x, y);
const divide = (x: number, y: number): number => x / y;

export const denseFloats: DenseTable = { add, subtract, multiply, divide };

export const denseIntegers: DenseTable = { add, subtract, multiply: multiplyIntegers };
