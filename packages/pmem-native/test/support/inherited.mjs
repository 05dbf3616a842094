// Maps a descriptor that the parent gave, stores two bytes and says what was found.
import { mapDescriptor } from "@nodemm/pmem-native";

const region = mapDescriptor(Number(process.argv[2]));
region.fill(0, 2, 42);
region.drain();
process.stdout.write(`${region.length} bytes, ${region.durability.survives}\n`);
region.close();
