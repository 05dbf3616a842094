/** This package's own code: frames in it are not call sites. */
const OWN_FOLDER: string = pathOf(new URL("..", import.meta.url).href);
const FRAMES_SEARCHED = 24;

function pathOf(file: string): string {
  return file.startsWith("file://") ? decodeURIComponent(new URL(file).pathname) : file;
}

/**
 * Where the code under test asked for the operation that is going on: `function (folder/file:line:column)` of the
 * nearest caller outside this package, and of its callers up to `frames`, joined by ` < `.
 */
export function callSite(frames: number): string {
  const { stackTraceLimit } = Error;
  const prepareStackTrace = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const holder: { stack?: readonly NodeJS.CallSite[] } = {};
  try {
    Error.stackTraceLimit = FRAMES_SEARCHED;
    Error.prepareStackTrace = (_, stack) => stack;
    Error.captureStackTrace(holder, callSite);
    const found: string[] = [];
    for (const frame of holder.stack ?? []) {
      const file = pathOf(frame.getFileName() ?? "");
      if (file === "" || file.startsWith("node:") || file.startsWith(OWN_FOLDER)) continue;
      const name = frame.getFunctionName() ?? "top level";
      const place = file.split("/").slice(-2).join("/");
      found.push(`${name} (${place}:${frame.getLineNumber()}:${frame.getColumnNumber()})`);
      if (found.length === frames) break;
    }
    return found.join(" < ") || "unknown";
  } finally {
    if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Object.defineProperty(Error, "prepareStackTrace", prepareStackTrace);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * The stack of the operation that is going on, a line a frame: this package's own frames left out, and what called the
 * package in the first place.
 */
export function callerStack(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 4 * FRAMES_SEARCHED;
  const frames = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = stackTraceLimit;
  const isOwn = (frame: string): boolean => frame.includes(OWN_FOLDER);
  return frames.filter((frame, index) => !isOwn(frame) && frames.slice(index).some(isOwn)).join("\n");
}
