/** Scalars as JSON can hold them: themselves, or `[kind, text]` for what JSON has no word for. */
export type JsonScalar = string | number | boolean | null | readonly ["number" | "bigint" | "date", string];

export function isScalar(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
      return true;
    default:
      return value === null || value instanceof Date;
  }
}

/** `value` is one that {@link isScalar} knows. */
export function encodeScalar(value: unknown): JsonScalar {
  if (typeof value === "bigint") return ["bigint", String(value)];
  if (value instanceof Date) return ["date", String(value.getTime())];
  if (Object.is(value, -0)) return ["number", "-0"];
  if (typeof value === "number" && !Number.isFinite(value)) return ["number", String(value)];
  return value as JsonScalar;
}

export function decodeScalar(scalar: JsonScalar): unknown {
  if (typeof scalar !== "object" || scalar === null) return scalar;
  const [kind, text] = scalar;
  if (kind === "bigint") return BigInt(text);
  return kind === "date" ? new Date(Number(text)) : Number(text);
}
