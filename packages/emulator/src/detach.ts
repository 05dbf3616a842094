type Transferable = ArrayBuffer & { transfer?: () => ArrayBuffer };

/** Detaches a buffer: its length becomes 0, and its memory moves, uncopied, to the buffer that is returned. */
export function detach(buffer: ArrayBuffer): ArrayBuffer {
  const transfer = (buffer as Transferable).transfer;
  // Node 20 has no ArrayBuffer.prototype.transfer; a structured clone that transfers moves the memory just the same.
  return typeof transfer === "function" ? transfer.call(buffer) : structuredClone(buffer, { transfer: [buffer] });
}
