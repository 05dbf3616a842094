/**
 * Bytes of free space that the medium has lost are given to a variable of their own, so that nothing else ever gets them:
 * durable as any variable, listed, and erased by whoever has mended the medium.
 */
import type { Allocator } from "./allocator.ts";
import { ShelfError } from "./errors.ts";
import { roundDown, roundUp, unitBytes } from "./layout.ts";
import { Variable } from "./variable.ts";
import { timestamp } from "./timestamp.ts";

/** The type of such variables. No codec opens it, and nothing moves it. */
export const quarantineType = "quarantine";

export interface QuarantinedRange {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * What a bad range costs: whole pages. The kernel maps no page of a file that has a bad sector, and a processor that finds
 * an error gives up the page.
 */
export function lostRange({ offset, length }: { readonly offset: number; readonly length: number }): {
  readonly start: number;
  readonly end: number;
} {
  return { start: roundDown(offset, lostBytes), end: roundUp(offset + length, lostBytes) };
}

const lostBytes = 4096;

/** @throws ShelfError `ERR_SHELF_TYPE` where a variable holds a bad place back: loading from there would end the region */
export function refuseQuarantined({ name, type }: Variable): void {
  if (type !== quarantineType) return;
  throw new ShelfError(
    "ERR_SHELF_TYPE",
    `"${name}" keeps a bad place of the medium from being used, so its bytes are neither read nor changed; ` +
      `erase it when the medium is mended`,
    { variable: name },
  );
}

/** Takes what is free of a range out of the free space, in as few pieces as it is in. */
export function takeFree(
  allocator: Allocator,
  start: number,
  end: number,
  took: (offset: number, bytes: number) => void,
): void {
  const [from, to] = [roundDown(start, unitBytes), roundUp(end, unitBytes)];
  if (from >= to) return;
  if (allocator.tryTake(from, to - from)) {
    took(from, to - from);
    return;
  }
  if (to - from <= unitBytes) return;
  const middle = roundDown((from + to) / 2, unitBytes);
  takeFree(allocator, from, middle, took);
  takeFree(allocator, middle, to, took);
}

export function quarantineVariable(offset: number, bytes: number): Variable {
  const variable = new Variable({
    name: `nodemm:quarantine:${offset}`,
    type: quarantineType,
    version: 1,
    modified: timestamp(),
    created: 0,
    extentOffset: offset,
    extentBytes: bytes,
  });
  variable.pendingMeta = new Uint8Array(0);
  return variable;
}
