import { encodedName } from "./encoded-text.ts";
import { ShelfError } from "./errors.ts";
import { nameBytesMax } from "./layout.ts";

/**
 * A name is any well-formed Unicode text of 1 to 65,536 bytes of UTF-8.
 * @throws TypeError if it is not a string; ShelfError `ERR_SHELF_NAME`
 */
export function checkName(name: string): void {
  if (typeof name !== "string") throw new TypeError(`a variable's name must be a string, got ${typeof name}`);
  const bytes = encodedName(name).length;
  if (bytes >= 1 && bytes <= nameBytesMax && (bytes === name.length || name.isWellFormed())) return;
  if (bytes === 0) throw new ShelfError("ERR_SHELF_NAME", "a variable's name must not be empty");
  throw new ShelfError(
    "ERR_SHELF_NAME",
    bytes > nameBytesMax
      ? `a variable's name may take ${nameBytesMax} bytes of UTF-8, this one takes ${bytes}`
      : "a variable's name must be well-formed Unicode; this one has half of a surrogate pair",
  );
}
