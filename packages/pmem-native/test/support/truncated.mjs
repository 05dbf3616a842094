// Truncates a mapped file, as another process might, and goes on reading and writing it.
import { truncateSync } from "node:fs";
import { mapFile } from "@nodemm/pmem-native";
import { attempt, report, thrownBy } from "./report.mjs";

const path = process.argv[2];
const pages = 100;
const region = mapFile(path, { mode: "create", size: pages * 4096, forceGranularity: "cache-line" });
region.fill(0, pages * 4096, 1);
const bytes = new Uint8Array(region.view(0, pages * 4096));
report({ step: "before", sum: bytes.reduce((sum, byte) => sum + byte, 0) });

truncateSync(path, 2 * 4096);
let kept = 0;
let zeros = 0;
for (const byte of bytes) {
  if (byte === 1) kept++;
  else zeros++;
}
bytes.fill(7);
report({ step: "loop", kept, zeros });

report({
  step: "methods",
  view: attempt(() => region.view(0, 64)),
  crc32c: attempt(() => region.crc32c(0, 64)),
  persist: attempt(() => region.persist(0, 64)),
  drain: attempt(() => region.drain()),
  copy: attempt(() => region.copy(0, new Uint8Array(8))),
  fill: attempt(() => region.fill(0, 8, 1)),
  grow: attempt(() => region.grow(2 ** 20)),
  sameError: thrownBy(() => region.drain()) === thrownBy(() => region.persist(0, 1)),
});
region.close();
report({ step: "closed", bytes: bytes.length });
