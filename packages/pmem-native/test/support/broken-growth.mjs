import { join } from "node:path";
import { mapFile } from "@nodemm/pmem-native";
import { failNextSync, report, thrownBy } from "./report.mjs";

const region = mapFile(join(process.argv[2], "file"), { mode: "create", size: 4096 });
failNextSync();
const first = thrownBy(() => region.grow(100_000));
report({
  code: first?.code,
  length: region.length,
  sameErrorAgain: thrownBy(() => region.grow(100_000)) === first,
  sameErrorFromPersist: thrownBy(() => region.persist(0, 1)) === first,
});
region.close();
