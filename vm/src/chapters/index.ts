import type { Chapter } from "../lab.ts";
import { deviceChapter } from "./device.ts";
import { fileSystemChapter } from "./file-system.ts";

/** In the order in which they start: the longest first, for several run at once. */
export const chapters: readonly Chapter[] = [
  fileSystemChapter("ext4", "ext4", { dax: true, short: false }),
  fileSystemChapter("xfs", "xfs", { dax: true, short: true }),
  fileSystemChapter("page", "ext4", { dax: false, short: true }),
  deviceChapter,
];
