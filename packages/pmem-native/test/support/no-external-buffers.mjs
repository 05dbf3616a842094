// Uses a region in a runtime that forbids external buffers.
import { mapFile } from "@nodemm/pmem-native";
import { attempt, report } from "./report.mjs";

const region = mapFile(process.argv[2], { mode: "create", size: 65_536 });
report({ view: attempt(() => region.view(0, 4096)), empty: attempt(() => region.view(0, 0).byteLength) });
for (let round = 0; round < 1000; round++) attempt(() => region.view(round, 64));
region.copy(0, new TextEncoder().encode("123456789"));
region.persist(0, 9);
report({ crc32c: region.crc32c(0, 9), read: new TextDecoder().decode(region.readSafely(0, 9)) });
region.close();
report({ closed: region.closed });
