import { closeSync, ftruncateSync, openSync } from "node:fs";

/** The kernel wants the part without the label in units of 16 MiB. */
const labelMiB = 2;
const unitMiB = 16;

/** An emulated memory module: a file of this machine, whose pages the emulated one stores to directly. */
export interface Nvdimm {
  readonly path: string;
  readonly sizeMiB: number;
}

/** Makes a blank module that holds `sizeMiB`, a multiple of 16. The file is sparse. */
export function makeNvdimm(path: string, sizeMiB: number): Nvdimm {
  if (sizeMiB % unitMiB !== 0) throw new RangeError(`a module holds a multiple of ${unitMiB} MiB, got ${sizeMiB}`);
  const file = openSync(path, "wx");
  ftruncateSync(file, (sizeMiB + labelMiB) * 2 ** 20);
  closeSync(file);
  return { path, sizeMiB };
}

/** The emulator's arguments for the modules, in order: `nmem0`, `nmem1`, ... */
export function nvdimmArguments(modules: readonly Nvdimm[]): string[] {
  return modules.flatMap(({ path, sizeMiB }, index) => [
    "-object",
    `memory-backend-file,id=memory${index},share=on,mem-path=${path},size=${sizeMiB + labelMiB}M,align=2M`,
    "-device",
    `nvdimm,id=module${index},memdev=memory${index},label-size=${labelMiB}M`,
  ]);
}
