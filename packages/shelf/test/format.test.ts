import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as layout from "../src/layout.ts";

/** The rows `| offset | size | field |`, padded or not, of all tables in the document. */
const rows = readFileSync(new URL("../../../docs/format.md", import.meta.url), "utf8")
  .split("\n")
  .map((line) => /^\|\s*(\d+)\s*\|\s*(\d+)(?: each)?\s*\|\s*(\w+)\s*\|/.exec(line))
  .filter((match) => match !== null)
  .map(([, offset, size, field]) => ({ field, offset: Number(offset), size: Number(size) }));

const structures = [
  layout.superblock,
  layout.shutdownRecord,
  layout.catalogHeader,
  layout.frame,
  layout.operation,
  layout.laneHeader,
  layout.undoEntry,
  { ranges: { offset: layout.undoHeaderBytes, size: layout.undoRangeBytes } },
];

test("docs/format.md and layout.ts state the same fields at the same places", () => {
  const inCode = structures.flatMap((structure) =>
    Object.entries(structure).map(([field, { offset, size }]: [string, { offset: number; size: number }]) => ({
      field,
      offset,
      size,
    })),
  );
  expect(rows).toStrictEqual(inCode);
});

test("no field overlaps another, and each structure has the length that the code gives it", () => {
  for (const structure of structures) {
    let end = 0;
    for (const field of Object.values<{ offset: number; size: number }>(structure)) {
      if (structure !== structures.at(-1)) expect(field.offset).toBe(end);
      end = field.offset + field.size;
    }
  }
  expect(layout.superblock.crc.offset + 4).toBe(layout.superblockBytes);
  expect(layout.frame.sequence.offset + 8).toBe(layout.frameHeaderBytes);
  expect(layout.operation.modified.offset + 8).toBe(layout.operationHeaderBytes);
  expect(layout.operation.extentBytes.offset + 8).toBe(layout.operationHeaderBytes + layout.operationExtentBytes);
  expect(layout.typeBytesMax | layout.hasCreatedBit | layout.hasExtentBit).toBe(0xff);
  expect(layout.undoEntry.reserved.offset + 4).toBe(layout.undoHeaderBytes);
});

test("the magic reads NODEMM in a hex dump", () => {
  expect(Buffer.from(Uint32Array.of(layout.magicLow, layout.magicHigh).buffer).toString("latin1")).toBe("NODEMM\r\n");
  expect(Buffer.from(Uint32Array.of(layout.magicLow, layout.creatingHigh).buffer).toString("latin1")).toBe("NODEMM\r?");
});
