import { roundUp, unitBytes } from "../layout.ts";
import type { Findings } from "./finding.ts";

/** Bytes of the heap, and who owns them. */
export interface Owned {
  readonly offset: number;
  readonly bytes: number;
  /** The variable's name; undefined for the catalog's own areas. */
  readonly variable: string | undefined;
  /** Whether it keeps a bad place of the medium from being used. */
  readonly isQuarantine: boolean;
}

/** Whether every extent lies in the heap, on its alignment, and apart from all others. Sorts them by offset. */
export function checkExtents(extents: Owned[], heapOffset: number, heapEnd: number, findings: Findings): boolean {
  const before = findings.errors;
  extents.sort((a, b) => a.offset - b.offset);
  let last: Owned | undefined;
  for (const extent of extents) {
    const { offset, bytes } = extent;
    const end = offset + roundUp(bytes, unitBytes);
    if (!(bytes > 0 && offset % unitBytes === 0 && offset >= heapOffset && end <= heapEnd)) {
      const where = `bytes ${heapOffset} to ${heapEnd}, at a multiple of ${unitBytes}`;
      tell(extent, `${nameOf(extent)} has ${bytes} bytes at ${offset}, which must lie in ${where}`);
      continue;
    }
    if (last !== undefined && offset < last.offset + roundUp(last.bytes, unitBytes)) {
      tell(extent, `${nameOf(extent)} and ${nameOf(last)} share the bytes at ${offset}`);
    }
    if (last === undefined || end > last.offset + roundUp(last.bytes, unitBytes)) last = extent;
  }
  return findings.errors === before;

  function tell({ offset, variable }: Owned, message: string): void {
    findings.add({
      structure: "extent",
      offset: Number.isFinite(offset) ? offset : 0,
      severity: "error",
      message,
      advice: "restore the shelf from a copy",
      ...(variable === undefined ? {} : { variable }),
    });
  }
}

function nameOf({ variable }: Owned): string {
  return variable === undefined ? "the catalog" : JSON.stringify(variable.slice(0, 100));
}
