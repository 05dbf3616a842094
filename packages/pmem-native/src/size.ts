const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * A size in bytes from a number of bytes or text such as `"512 MiB"`, `"10GB"`, `"1.5 GiB"`.
 * @throws TypeError if it is neither; RangeError if it is not a positive whole number of bytes
 */
export function parseSize(size: number | string): number {
  const bytes = typeof size === "number" ? size : parseText(size);
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new RangeError(
      `size must be a positive whole number of bytes, got ${String(size)}; pass for example "512 MiB"`,
    );
  }
  return bytes;
}

function parseText(size: unknown): number {
  if (typeof size !== "string") {
    throw new TypeError(`size must be a number of bytes or text such as "512 MiB", got ${typeof size}`);
  }
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(size);
  const unit = match === null ? undefined : units[match[2].toLowerCase()];
  if (match === null || unit === undefined) {
    throw new RangeError(
      `size "${size}" is not understood; write a number and B, KB, KiB, MB, MiB, GB, GiB, TB or TiB`,
    );
  }
  return Math.floor(Number(match[1]) * unit);
}

const binaryUnits = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** Bytes for people: `"1.5 MiB"`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${binaryUnits[unit]}`;
}
