/**
 * Has the kernel report a memory failure under a region of its own, as a processor's machine check would, reads through a
 * view over it, and tells what came of it. Its arguments are a path, and a size where there is nothing yet.
 */
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from "node:fs";
import { mapFile, PmemError } from "@nodemm/pmem-native";

const pageBytes = 4096;
/** Any page but the first. */
const page = 2;
const frameBits = 0x7fffffffffffffn;

const [path, size] = process.argv.slice(2);
const region = mapFile(path, size === undefined ? {} : { mode: "create", size: Number(size) });
region.fill(0, region.length, 7);
region.drain();
const bytes = new Uint8Array(region.view(0, region.length));
const told = new Promise<string>((resolve) => {
  region.onFault((error) => {
    resolve(error.code);
  });
});
/** The region's own watch keeps no process alive. */
const patience = setTimeout(() => undefined, 60_000);

writeFileSync("/sys/kernel/debug/hwpoison/corrupt-pfn", `0x${frameOf(page).toString(16)}`);

let kept = 0;
for (const byte of bytes) if (byte === 7) kept++;
process.stdout.write(
  JSON.stringify({
    lost: bytes.length - kept,
    told: await told,
    persist: codeOf(() => {
      region.persist(0, 64);
    }),
    readSafely: codeOf(() => region.readSafely(page * pageBytes, 64)),
    again: codeOf(() => {
      region.fill(0, 64, 1);
    }),
  }),
);
clearTimeout(patience);
region.close();

/** The number of the physical page behind a page of the region. */
function frameOf(number: number): bigint {
  const device = path.startsWith("/dev/dax");
  const maps = readFileSync("/proc/self/maps", "utf8").split("\n");
  // A file that got its name after its creation is listed as deleted.
  const ours = maps.find((line) =>
    device ? line.endsWith(path) : line.split(/ +/u)[4] === String(statSync(path).ino),
  );
  const address = Number.parseInt(ours!.split("-", 1)[0], 16) + number * pageBytes;
  const pagemap = openSync("/proc/self/pagemap", "r");
  const entry = Buffer.alloc(8);
  readSync(pagemap, entry, 0, 8, (address / pageBytes) * 8);
  closeSync(pagemap);
  return entry.readBigUInt64LE() & frameBits;
}

function codeOf(work: () => unknown): string {
  try {
    work();
    return "ok";
  } catch (error) {
    return error instanceof PmemError ? error.code : String(error);
  }
}
