import { expect, test } from "vitest";
import { array, clip } from "../src/index.ts";

test("clip into an array that a bound lies in gives what it gives into a new one", () => {
  const source = array([5, -3, 9, 0, 4, 7]);
  for (const view of ["itself", "reversed"]) {
    const bounds = [array([3, 1, 8, 2, 6, 4]), array([3, 1, 8, 2, 6, 4])];
    const [high, expected] = bounds.map((all) => (view === "itself" ? all : all.flip()));
    const wanted = clip(source, 2, expected).toArray();
    expect(clip(source, 2, high, { out: bounds[0] }).toArray()).toEqual(wanted);
  }
  const low = array([3, 1, 8, 2, 6, 4]);
  const wanted = clip(source, low.copy(), 5).toArray();
  expect(clip(source, low, 5, { out: low }).toArray()).toEqual(wanted);
});
