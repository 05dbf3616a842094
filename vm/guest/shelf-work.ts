/** Changes a shelf in all the ways there are, and writes to a log where that begins. Prints how often it committed. */
import { appendFileSync } from "node:fs";
import { openShelf } from "@nodemm/shelf";

const rounds = 100;
const [path, log] = process.argv.slice(2);

const shelf = openShelf<{ count: number; text: string; bytes: Uint8Array }>(path, { size: "4 MiB" });
shelf.set("bytes", new Uint8Array(100_000));
const bytes = shelf.get("bytes")!;
appendFileSync(log, "# work\n");
for (let round = 1; round <= rounds; round++) {
  shelf.set("count", round);
  shelf.transaction(() => {
    shelf.snapshot("bytes");
    bytes.fill(round % 256);
    shelf.set("text", `round ${round}`);
  });
  bytes[round] = 255;
  shelf.persist("bytes");
}
shelf.close();
process.stdout.write(String(3 * rounds));
