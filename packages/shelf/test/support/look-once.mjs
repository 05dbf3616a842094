// Does what the first argument names to the shelf at the second, as the user whose id is the third, and tells as a JSON
// line what error came of it.
import { attachShelf, checkShelf, openReader } from "@nodemm/shelf";

const [verb, path, user] = process.argv.slice(2);
const attempt = { attachShelf, checkShelf, openReader }[verb];
try {
  openReader("/");
} catch {
  // The addon is loaded now, which this user may not be able to read.
}
if (user !== undefined) process.setuid?.(Number(user));
try {
  attempt?.(path);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const code = "code" in error ? error.code : undefined;
  process.stdout.write(`${JSON.stringify({ name: error.name, code, message: error.message })}\n`);
}
