/** Milliseconds since 1970, for the catalog. A clock that is set to before 1970 says 1970: the field holds no less. */
export function timestamp(): number {
  return Math.max(0, Date.now());
}
