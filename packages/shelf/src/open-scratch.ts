import { checkOptions, parseSize } from "@nodemm/pmem-native";
import { Allocator } from "./allocator.ts";
import type { Codec } from "./codecs/codec.ts";
import { CodecRegistry } from "./codecs/registry.ts";
import { ShelfError } from "./errors.ts";
import { growAsFarAsPossible } from "./growth.ts";
import { pageBytes, roundUp } from "./layout.ts";
import { mapUnnamed } from "./map-path.ts";
import { type Scratch, ScratchSpace } from "./scratch.ts";

export interface OpenScratchOptions {
  /** How much space to begin with: bytes, or text such as `"4 GiB"`. It grows as it is needed. */
  readonly size: number | string;
  /** Codecs for types beyond the shelf's own. */
  readonly types?: readonly Codec[];
}

/** Space for scratch values in a file of its own. */
export interface ScratchFile extends Disposable {
  /** Makes a scratch value: {@link Scratch}. @throws ShelfError `ERR_SHELF_NO_SPACE`, `ERR_SHELF_CLOSED` */
  make<Value>(value: Value): Scratch<Value>;
  /** Bytes that scratch values take, and the space as it is now. */
  readonly bytes: number;
  readonly size: number;
  close(): void;
}

/**
 * Space for arrays that are larger than memory, or need not outlive the program, in a file in `directory`. The file has
 * no name from the beginning: the system takes it back when it is closed and when the process ends, however it ends.
 *
 * @throws PmemError `ERR_PMEM_NOT_FOUND` where there is no such directory, `ERR_PMEM_NO_SPACE` and others of the medium
 * @example
 * using scratch = openScratch("/mnt/pmem", { size: "64 GiB" });
 * const sums = scratch.make(new Float64Array(1_000_000));
 * sums.value[0] = 1;
 */
export function openScratch(directory: string, options: OpenScratchOptions): ScratchFile {
  checkOptions("openScratch", options, ["size", "types"] satisfies (keyof OpenScratchOptions)[]);
  if (options.types !== undefined && !Array.isArray(options.types))
    throw new TypeError("types must be an array of codecs");
  const codecs = new CodecRegistry(options.types);
  const region = mapUnnamed(directory, roundUp(parseSize(options.size), pageBytes));
  const allocator = new Allocator();
  allocator.release(0, region.length);
  allocator.makeRoom = (bytes) => {
    const before = region.length;
    const [wanted, needed] = [1.5 * before, before + bytes].map((each) =>
      Math.min(region.capacity, roundUp(each, pageBytes)),
    );
    growAsFarAsPossible(Math.max(wanted, needed), needed, (size) => region.grow(size));
    allocator.release(before, region.length - before);
  };
  const space = new ScratchSpace(region, allocator, codecs);
  const close = (): void => {
    space.close();
    region.close();
  };
  return {
    make(value) {
      if (region.closed) throw new ShelfError("ERR_SHELF_CLOSED", "the scratch space is closed; open it again");
      return space.make(value);
    },
    get bytes() {
      return space.bytes;
    },
    get size() {
      return region.length;
    },
    close,
    [Symbol.dispose]: close,
  };
}
