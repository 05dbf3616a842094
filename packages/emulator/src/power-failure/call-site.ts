const OWN_FOLDER: string = pathOf(new URL("..", import.meta.url).href);
/** This package's own code, compiled and, where source maps are followed, not: frames in it are not call sites. */
const OWN_FOLDERS: readonly string[] = ["src/", "dist/"].map((folder) =>
  OWN_FOLDER.replace(/(?:src|dist)\/$/u, folder),
);
const FRAMES_SEARCHED = 24;
/** Of this package between an operation of a region and the place that asks for its call site. */
const FRAMES_MOSTLY_ENOUGH = 7;

function pathOf(file: string): string {
  return file.startsWith("file://") ? decodeURIComponent(new URL(file).pathname) : file;
}

/** Names of call sites by file and position: finding a line is dear, and the same few places ask over and over. */
const sites: Map<string, Map<number, string>> = new Map<string, Map<number, string>>();

/**
 * Where the code under test asked for the operation that is going on: `function (folder/file:line:column)` of the
 * nearest caller outside this package, and of its callers up to `frames`, joined by ` < `.
 */
export function callSite(frames: number): string {
  return siteWithin(FRAMES_MOSTLY_ENOUGH + frames, frames) ?? siteWithin(FRAMES_SEARCHED, frames) ?? "unknown";
}

/** Undefined if so many frames of the stack do not hold as many callers, and more may. */
function siteWithin(depth: number, frames: number): string | undefined {
  const stack = capture(depth);
  const found: string[] = [];
  for (const frame of stack) {
    const file = frame.getFileName();
    const place = file === null || file === undefined ? undefined : placesIn(file);
    if (place === undefined) continue;
    const position = frame.getPosition();
    let site = place.get(position);
    if (site === undefined) place.set(position, (site = describe(frame, file!)));
    found.push(site);
    if (found.length === frames) return found.join(" < ");
  }
  return stack.length < depth || depth === FRAMES_SEARCHED ? found.join(" < ") || undefined : undefined;
}

/** The call sites known in a file; undefined for files whose frames are none. */
function placesIn(file: string): Map<number, string> | undefined {
  if (notSites.has(file)) return undefined;
  const known = sites.get(file);
  if (known !== undefined) return known;
  const path = pathOf(file);
  if (path === "" || path.startsWith("node:") || OWN_FOLDERS.some((folder) => path.startsWith(folder))) {
    notSites.add(file);
    return undefined;
  }
  const places = new Map<number, string>();
  sites.set(file, places);
  return places;
}

const notSites: Set<string> = new Set<string>();

function describe(frame: NodeJS.CallSite, file: string): string {
  const name = frame.getFunctionName() ?? "top level";
  const place = pathOf(file).split("/").slice(-2).join("/");
  return `${name} (${place}:${frame.getLineNumber()}:${frame.getColumnNumber()})`;
}

function capture(depth: number): readonly NodeJS.CallSite[] {
  const { stackTraceLimit } = Error;
  const prepareStackTrace = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const holder: { stack?: readonly NodeJS.CallSite[] } = {};
  try {
    Error.stackTraceLimit = depth;
    Error.prepareStackTrace = (_, stack) => stack;
    Error.captureStackTrace(holder, siteWithin);
    return holder.stack ?? [];
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
  const frames = stackFrames(4 * FRAMES_SEARCHED);
  return frames.filter((frame, index) => !isOwn(frame) && frames.slice(index).some(isOwn)).join("\n");
}

/** The same with what called the package, for an operation that the package has not brought about itself. */
export function wholeStack(): string {
  return stackFrames(FRAMES_SEARCHED)
    .filter((frame) => !isOwn(frame))
    .join("\n");
}

function stackFrames(limit: number): string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = limit;
  const frames = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = stackTraceLimit;
  return frames;
}

function isOwn(frame: string): boolean {
  return OWN_FOLDERS.some((folder) => frame.includes(folder));
}
