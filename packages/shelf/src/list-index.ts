/** The index of an item, counted from the beginning. @throws RangeError, TypeError */
export function checkIndex(index: number, length: number): number {
  const from = normalize(index, length);
  if (from >= 0 && from < length) return from;
  const range = length === 0 ? "the list is empty" : `expected ${-length} to ${length - 1}`;
  throw new RangeError(`there is no item ${index}: ${range}`);
}

/** A place between items, or at either end. @throws RangeError, TypeError */
export function checkBound(index: number, length: number): number {
  const from = normalize(index, length);
  if (from >= 0 && from <= length) return from;
  throw new RangeError(`cannot insert at ${index}: expected ${-length} to ${length}`);
}

function normalize(index: number, length: number): number {
  if (typeof index !== "number") throw new TypeError(`an index must be a number, got ${typeof index}`);
  if (!Number.isInteger(index)) throw new RangeError(`an index must be a whole number, got ${index}`);
  return index < 0 ? index + length : index;
}
