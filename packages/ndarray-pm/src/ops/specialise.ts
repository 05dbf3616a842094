/**
 * A copy of a self-contained function (one that uses nothing but its parameters and globals), with type feedback of its
 * own. V8 gathers feedback for a function's text, not for its uses: a loop that has seen five element types stays slow
 * for all of them, so each element type gets its own copy. Where the process forbids code from strings
 * (`--disallow-code-generation-from-strings`), the function itself is returned: the same results, slower.
 */
export function specialise<Kernel extends (...args: never[]) => void>(kernel: Kernel): Kernel {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- the text is our own function's, nothing else gets into it
    return new Function(`"use strict"; return (${kernel.toString()});`)() as Kernel;
  } catch (error) {
    if (error instanceof EvalError) return kernel;
    throw error;
  }
}
