export { dram, type DramOptions } from "./dram.ts";
