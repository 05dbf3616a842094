// The conformance suite over mapped files, by Node's own test runner: where vitest cannot run, as under an emulator.
// Every mapping has a capacity, because qemu-user before version 8 keeps 24 bytes for each page of address space that was
// ever reserved: 6 GiB for the 1 TiB that is reserved by default, even for a reader.
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { mapFile, mapMemory } from "@nodemm/pmem-native";
import { regionConformance } from "@nodemm/pmem-native/conformance";

const folder = mkdtempSync("/dev/shm/pmem-native-conformance-");
after(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
const next = () => join(folder, `file-${made++}`);
const probe = mapMemory({ size: 4096, capacity: 4096 });
const capabilities = { overlappingViews: true, growable: true, sharedViews: probe.sharedViews };
console.log(`Node ${process.version} for ${process.arch}: ${JSON.stringify(probe.instructions)}`);
probe.close();

for (const forceGranularity of /** @type {const} */ (["byte", "page"])) {
  regionConformance(
    `${forceGranularity} forced in memory`,
    {
      create: ({ length, capacity }) => mapFile(next(), { mode: "create", size: length, capacity, forceGranularity }),
      createReadOnly(content) {
        const path = next();
        writeFileSync(path, content);
        return mapFile(path, { readOnly: true, capacity: content.length, forceGranularity });
      },
      breakMemory: ({ source }) => truncateSync(source, 4096),
    },
    capabilities,
    test,
  );
}
