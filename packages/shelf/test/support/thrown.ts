/** The error that `work` throws; fails unless it is of the kind. */
export function thrownBy<Kind extends Error>(
  work: () => unknown,
  kind: abstract new (...parts: never[]) => Kind,
): Kind {
  try {
    work();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`expected a ${kind.name}, but nothing was thrown`);
}
