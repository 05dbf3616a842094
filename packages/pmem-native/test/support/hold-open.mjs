// Holds a file open, with bytes stored through a view and persisted, until it is killed.
import { mapFile } from "@nodemm/pmem-native";

const region = mapFile(process.argv[2]);
new Uint8Array(region.view(0, 2)).set([11, 22]);
region.persist(0, 2);
process.stdout.write("holding\n");
process.stdin.resume();
