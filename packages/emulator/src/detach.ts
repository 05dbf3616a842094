type Transferable = ArrayBuffer & { transfer?: (byteLength: number) => ArrayBuffer };

/** Detaches a buffer (its length becomes 0) without copying its bytes. */
export function detach(buffer: ArrayBuffer): void {
  const transfer = (buffer as Transferable).transfer;
  // Node 20 has no ArrayBuffer.prototype.transfer; a structured clone that transfers moves the memory just the same.
  if (typeof transfer === "function") transfer.call(buffer, 0);
  else structuredClone(buffer, { transfer: [buffer] });
}
