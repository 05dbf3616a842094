/** Receives what `Catalog.scan` reads, in commit order. */
export interface CatalogVisitor {
  /** `place` is the operation's, for `OperationArea.nameAt` and `readPut`. */
  put(place: number): void;
  erase(name: string): void;
  rename(name: string, newName: string): void;
  /** False if there are no such variables. */
  swap(name: string, other: string): boolean;
  /** An operation on an item of a list. False if there is no such list, or no such index in it. */
  item(kind: number, list: number, index: number, place: number): boolean;
  clearItems(list: number, gone: boolean): void;
  /** Seals a variable with the CRC of its data, or unseals it (-1). False if there is no such variable. */
  seal(name: string, crc: number): boolean;
  laneCommit(lane: number, generation: number): void;
}
