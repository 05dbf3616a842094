import { readFileSync } from "node:fs";
import type { DType } from "@nodemm/ndarray-pm";

/** The lines `[kind, value]` that a script beside the fixture had PyTorch write. */
export function readFixture(name: string): readonly (readonly [kind: string, value: any])[] {
  const text = readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as [string, any]);
}

/** Numbers that JSON has no word for, back as numbers; bigints where the dtype has them. */
export function revive(value: any, dtype: DType): any {
  if (Array.isArray(value)) return value.map((item) => revive(item, dtype));
  if (dtype === "int64") return BigInt(value);
  if (dtype === "bool") return value;
  return Number(value);
}
