import { closeSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { test } from "vitest";
import { regionConformance, type RegionFactory } from "../conformance/index.ts";
import { mapDescriptor, mapFile, mapMemory, type Granularity, type Region } from "../src/index.ts";
import { freshPath } from "./support/folders.ts";

function mappedFiles(medium: "disk" | "memory", forceGranularity?: Granularity): RegionFactory {
  const options = forceGranularity === undefined ? {} : { forceGranularity };
  return {
    create: ({ length, capacity }): Region =>
      mapFile(freshPath(medium), { mode: "create", size: length, capacity, ...options }),
    createReadOnly(content): Region {
      const path = freshPath(medium);
      writeFileSync(path, content);
      return mapFile(path, { readOnly: true, ...options });
    },
  };
}

const memory: RegionFactory = {
  create: ({ length, capacity }): Region => mapMemory({ size: length, capacity }),
  createReadOnly(content): Region {
    const path = freshPath("memory");
    writeFileSync(path, content);
    const descriptor = openSync(path, "r");
    unlinkSync(path);
    const region = mapDescriptor(descriptor, { readOnly: true });
    closeSync(descriptor);
    return region;
  },
};

const capabilities = { overlappingViews: true, growable: true };

regionConformance("a file on disk", mappedFiles("disk"), capabilities, test);
regionConformance("a file in memory", mappedFiles("memory"), capabilities, test);
regionConformance("cache-line forced in memory", mappedFiles("memory", "cache-line"), capabilities, test);
regionConformance("byte forced in memory", mappedFiles("memory", "byte"), capabilities, test);
regionConformance("cache-line forced on disk", mappedFiles("disk", "cache-line"), capabilities, test);
regionConformance("memory without a name", memory, capabilities, test);
