// Sets a counter, over and over, and grows now and then, until something fails; tells what, and the last that was set.
import { openShelf } from "../../dist/index.js";

const [, , path, verb] = process.argv;
/** @type {{ last: number, code: string | null, again: string | null }} */
const report = { last: 0, code: null, again: null };
const shelf = openShelf(path);
/** @param {number} count */
const attempt = (count) => {
  if (verb === "grow") shelf.grow(shelf.usage().size + 65_536);
  shelf.set("count", count);
};
try {
  for (let count = 1; count < 1000; count++) {
    attempt(count);
    report.last = count;
  }
} catch (error) {
  report.code = codeOf(error);
  try {
    shelf.set("after", 1);
  } catch (second) {
    report.again = codeOf(second);
  }
}
console.log(JSON.stringify(report));
shelf.close();

/** @param {unknown} error */
function codeOf(error) {
  return String(/** @type {{ code?: string }} */ (error).code ?? error);
}
