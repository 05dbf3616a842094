import { alignmentMax, metaBytesMax, unitBytes } from "../layout.ts";
import type { Codec, Plan } from "./codec.ts";

/** @throws RangeError if a codec planned what cannot be stored */
export function checkPlan(codec: Codec, plan: Plan): void {
  const { meta, byteLength, alignment = unitBytes } = plan;
  if (!(meta instanceof Uint8Array) || meta.length > metaBytesMax) {
    throw new RangeError(
      `codec "${codec.type}" planned a meta that is not a Uint8Array of at most ${metaBytesMax} bytes`,
    );
  }
  if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
    throw new RangeError(`codec "${codec.type}" planned ${byteLength} bytes; expected a non-negative whole number`);
  }
  if (alignment !== unitBytes) checkAlignment(alignment, `codec "${codec.type}" planned an alignment that`);
}

/** @throws RangeError for an alignment that no extent can have */
export function checkAlignment(alignment: number, what: string): void {
  if (alignment >= unitBytes && alignment <= alignmentMax && Number.isInteger(Math.log2(alignment))) return;
  throw new RangeError(`${what} must be a power of two from ${unitBytes} to ${alignmentMax}, got ${alignment}`);
}
