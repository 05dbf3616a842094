// Makes a file that is nearly all hole.
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";

const [path, length] = process.argv.slice(2);
const descriptor = openSync(path, "w");
ftruncateSync(descriptor, Number(length));
writeSync(descriptor, "middle", Number(length) / 2);
closeSync(descriptor);
