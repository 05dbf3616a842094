import { openShelf } from "@nodemm/shelf";
import { expect, test } from "vitest";

const device = process.env["NODEMM_VM_DEVICES"]!.split(",")[0];

test("what a shelf on a DAX device holds is there after the machine was switched off and on", () => {
  using shelf = openShelf<{ kept: unknown; bytes: Uint8Array }>(device);
  expect(shelf.get("kept")).toEqual({ until: "the machine has restarted" });
  expect(shelf.get("bytes")).toEqual(new Uint8Array(1 << 20).fill(5));
});
