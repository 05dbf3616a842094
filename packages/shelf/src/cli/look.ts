import { inspect } from "node:util";
import { formatSize } from "@nodemm/pmem-native";
import { ShelfError } from "../errors.ts";
import { openReader } from "../readers/open-reader.ts";
import type { ShelfReader } from "../readers/reader.ts";
import { type JsonOption, print, table, visible } from "./output.ts";

export function inspectCommand(path: string, { json }: JsonOption): void {
  using reader = openReader(path);
  const facts = reader.inspect();
  const { size, used, data, catalog, names, uuid, formatVersion, hasWriter } = facts;
  const percent = ((100 * used) / size).toFixed(1);
  const text = [
    `${path}: a shelf of format ${formatVersion}, ${uuid}`,
    `size      ${formatSize(size)}, ${percent} % used: ${formatSize(data)} of data, ${formatSize(catalog)} of catalog`,
    `names     ${names}`,
    `writer    ${hasWriter ? "has it open" : "none"}`,
  ];
  print(json, facts, text.join("\n"));
}

export function listCommand(path: string, { json, prefix = "" }: JsonOption & { prefix?: string }): void {
  using reader = openReader(path);
  const found = [...reader.keys()].filter((name) => name.startsWith(prefix)).map((name) => reader.info(name)!);
  const rows = found.map(({ name, type, byteLength, version, modified, sealed }) => [
    ...[
      visible(name),
      visible(type),
      formatSize(byteLength),
      String(version),
      modified.toISOString(),
      sealed ? "yes" : "",
    ],
  ]);
  const head = ["NAME", "TYPE", "SIZE", "VERSION", "MODIFIED", "SEALED"];
  print(json, found, rows.length === 0 ? "" : table(head, rows, [2, 3]));
}

export function getCommand(path: string, name: string, { json, raw }: JsonOption & { raw?: boolean }): void {
  using reader = openReader(path);
  const bytes = reader.bytes(name);
  if (bytes === undefined) {
    const message = `there is no variable ${JSON.stringify(name)} on this shelf; "nodemm ls" lists those that are`;
    throw new ShelfError("ERR_SHELF_NO_VARIABLE", message, { variable: name });
  }
  if (raw === true) {
    process.stdout.write(bytes.slice());
    return;
  }
  const value = valueOf(reader, name);
  print(json, value, typeof value === "string" ? value : inspect(value, { depth: 6, maxArrayLength: 100 }));
}

/** The codecs of other packages are not at hand here, and no option of this command brings them. */
function valueOf(reader: ShelfReader, name: string): unknown {
  try {
    return reader.get(name);
  } catch (error) {
    if (!(error instanceof ShelfError) || error.code !== "ERR_SHELF_TYPE") throw error;
    const type = visible(reader.info(name)!.type);
    const message = `${JSON.stringify(name)} is of type "${type}", which only its package can show; --raw writes its bytes`;
    throw new ShelfError("ERR_SHELF_TYPE", message, { variable: name, cause: error });
  }
}
