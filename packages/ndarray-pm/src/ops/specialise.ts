/** Copies made so far. */
let copies = 0;

/**
 * A copy of a self-contained function (one that uses nothing but its parameters and globals), with type feedback of its
 * own. V8 gathers feedback for a function's text, not for its uses: a loop that has seen more than four element types
 * takes 40 ns an element for all of them instead of 1 to 2, so each element type gets its own copy. This is the one place
 * that makes code from strings, and the text is our own function's alone. Where the process forbids it
 * (`--disallow-code-generation-from-strings`), the function itself is returned: the same results, slower.
 */
export function specialise<Kernel extends (...args: never[]) => void>(kernel: Kernel): Kernel {
  copies++;
  try {
    // V8 keeps the functions of equal texts, feedback and all: the number makes this one differ.
    // oxlint-disable-next-line typescript/no-implied-eval -- the text is our own function's, nothing else gets into it
    return new Function(`"use strict"; return (${kernel.toString()}); // copy ${copies}`)() as Kernel;
  } catch (error) {
    if (error instanceof EvalError) return kernel;
    throw error;
  }
}
