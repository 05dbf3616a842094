import { closeSync, openSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
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
    breakMemory: ({ source }): void => truncateSync(source, 4096),
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

/** Where Node has `node_api_create_external_sharedarraybuffer`: the oldest such release of each line. */
function hasSharedViews(): boolean {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const since = new Map([
    [22, 23],
    [24, 16],
    [26, 1],
  ]);
  return major > 26 || minor >= (since.get(major) ?? Number.POSITIVE_INFINITY);
}

const capabilities = { overlappingViews: true, growable: true, sharedViews: hasSharedViews() };

regionConformance("a file on disk", mappedFiles("disk"), capabilities, test);
regionConformance("a file in memory", mappedFiles("memory"), capabilities, test);
regionConformance("cache-line forced in memory", mappedFiles("memory", "cache-line"), capabilities, test);
regionConformance("byte forced in memory", mappedFiles("memory", "byte"), capabilities, test);
regionConformance("cache-line forced on disk", mappedFiles("disk", "cache-line"), capabilities, test);
regionConformance("memory without a name", memory, capabilities, test);
