// Walks through all that must sync, with a mark in the log before each step.
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";

const path = join(process.argv[2], "file");
/** @param {string} step */
const mark = (step) => appendFileSync(process.env["NODEMM_TEST_SYNC_LOG"] ?? "", `# ${step}\n`);

mark("create");
const region = mapFile(path, { mode: "create", size: 65_536 });
mark("drain without a flush");
region.drain();
mark("drain after three flushes and a copy");
region.flush(100, 8);
region.flush(20_000, 1);
region.flush(9000, 0);
region.copy(12_288, new Uint8Array(10));
region.drain();
mark("persist");
region.persist(4095, 2);
mark("a thousand ranges, here and elsewhere");
const ranges = Float64Array.from({ length: 2000 }, (_, at) => (at % 2 === 0 ? at * 16 : 1));
region.persistMany(ranges);
await region.persistManyAsync(ranges);
mark("advice");
region.advise("random");
region.advise("random-now", 5000, 5000);
mark("grow");
region.grow(100_000);
mark("close");
region.close();
mark("open");
const again = mapFile(path);
again.close();
mark("open for reading");
mapFile(path, { readOnly: true }).close();
mark("cache-line granularity");
const lines = mapFile(join(process.argv[2], "lines"), { mode: "create", size: 4096, forceGranularity: "cache-line" });
mark("persist of lines, and advice");
lines.persist(0, 4096);
lines.advise("random-now");
lines.close();
