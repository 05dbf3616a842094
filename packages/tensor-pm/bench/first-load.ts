/** The first load of a checkpoint by a new process, which opens the shelf before; prints milliseconds. Argument: the shelf. */

import { secondsOf } from "@nodemm/bench";
import { openShelf } from "@nodemm/shelf";
import { load, tensorTypes } from "@nodemm/tensor-pm";

using shelf = openShelf(process.argv[2], { types: tensorTypes });
console.log(1e3 * secondsOf(() => load(shelf, "run")));
