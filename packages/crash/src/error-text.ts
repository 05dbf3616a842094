/** What was thrown, with its stack where it has one. */
export function textOfError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
}
