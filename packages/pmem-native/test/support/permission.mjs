// Tries a file that it may read but not write, as an ordinary user: root may do everything.
import { chmodSync } from "node:fs";
import { dirname, join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { attempt, report } from "./report.mjs";

const path = process.argv[2];
// Loads the addon while it can still be read.
mapFile(path).close();
chmodSync(path, 0o444);
chmodSync(dirname(path), 0o555);
if (process.getuid?.() === 0) process.setuid?.(65_534);

report(attempt(() => mapFile(path)));
report(
  attempt(() => {
    const region = mapFile(path, { readOnly: true });
    const { length } = region;
    region.close();
    return length;
  }),
);
report(attempt(() => mapFile(join(dirname(path), "new"), { mode: "create", size: 4096 })));
report(attempt(() => mapFile(join(dirname(path), "new"), { mode: "open-or-create", size: 4096 })));
