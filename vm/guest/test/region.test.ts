import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mapFile, type Region } from "@nodemm/pmem-native";
import { regionConformance } from "@nodemm/pmem-native/conformance";
import { afterEach, test } from "vitest";

const made: string[] = [];

function freshPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "region-"));
  made.push(folder);
  return join(folder, "region");
}

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

regionConformance(
  "a file on the medium",
  {
    create: ({ length, capacity }): Region => mapFile(freshPath(), { mode: "create", size: length, capacity }),
    createReadOnly(content): Region {
      const path = freshPath();
      writeFileSync(path, content);
      return mapFile(path, { readOnly: true });
    },
  },
  { overlappingViews: true, growable: true },
  test,
);
