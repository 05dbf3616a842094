import { writeFileSync } from "node:fs";
import { test } from "vitest";
import { regionConformance, type RegionFactory } from "../conformance/index.ts";
import { mapFile, type Granularity, type Region } from "../src/index.ts";
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

const capabilities = { overlappingViews: true, growable: true };

regionConformance("a file on disk", mappedFiles("disk"), capabilities, test);
regionConformance("a file in memory", mappedFiles("memory"), capabilities, test);
regionConformance("cache-line forced in memory", mappedFiles("memory", "cache-line"), capabilities, test);
regionConformance("byte forced in memory", mappedFiles("memory", "byte"), capabilities, test);
regionConformance("cache-line forced on disk", mappedFiles("disk", "cache-line"), capabilities, test);
