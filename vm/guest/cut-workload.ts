/**
 * What is written while the power goes: operation number n of a seed is always the same, so the number of operations that
 * a shelf has seen says all that must be on it. Each is one transaction that also counts itself.
 */

export type Value = number | string | Uint8Array;

/** What operations are performed on: a shelf, or a model of one. */
export interface Target {
  has(name: string): boolean;
  set(name: string, value: Value): void;
  delete(name: string): void;
  rename(name: string, newName: string): void;
  /** Sets a range of the cells, in place. */
  changeCells(offset: number, length: number, byte: number): void;
}

export const cellBytes = 8192;
export const cellsName = "cells";
export const countName = "count";
const names = 24;
const bytesMax = 6000;

/** A generator of whole numbers below a limit, the same for the same seeds (mulberry32). */
export function randomNumbers(seed: number, more = 0): (below: number) => number {
  let state = (seed ^ Math.imul(more + 1, 0x9e3779b1)) >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Performs an operation: what lies before the first is made by number 0. */
export function perform(target: Target, seed: number, number: number): void {
  const random = randomNumbers(seed, number);
  if (number === 0) target.set(cellsName, new Uint8Array(cellBytes));
  else for (let left = 1 + random(3); left > 0; left--) act(target, random, number);
  target.set(countName, number);
}

function act(target: Target, random: (below: number) => number, number: number): void {
  const name = `name ${random(names)}`;
  const other = `name ${random(names)}`;
  switch (random(6)) {
    case 0:
      if (target.has(name)) target.delete(name);
      break;
    case 1:
      if (target.has(name) && name !== other) target.rename(name, other);
      break;
    case 2:
    case 3: {
      const offset = random(cellBytes);
      target.changeCells(offset, 1 + random(cellBytes - offset), random(256));
      break;
    }
    default:
      target.set(name, valueOf(random, number));
  }
}

function valueOf(random: (below: number) => number, number: number): Value {
  switch (random(3)) {
    case 0:
      return number + random(1000) / 1000;
    case 1:
      return `${number} `.repeat(random(200));
    default: {
      const first = random(256);
      return Uint8Array.from({ length: random(bytesMax) }, (_, index) => first + index);
    }
  }
}

/** What a shelf holds after operations 0 to `count`. */
export function contentAfter(seed: number, count: number): Map<string, Value> {
  const values = new Map<string, Value>();
  const model: Target = {
    has: (name) => values.has(name),
    set: (name, value) => void values.set(name, value),
    delete: (name) => void values.delete(name),
    rename(name, newName) {
      values.set(newName, values.get(name)!);
      values.delete(name);
    },
    changeCells(offset, length, byte) {
      (values.get(cellsName) as Uint8Array).fill(byte, offset, offset + length);
    },
  };
  for (let number = 0; number <= count; number++) perform(model, seed, number);
  return values;
}
