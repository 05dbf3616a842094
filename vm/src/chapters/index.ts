import type { Chapter } from "../lab.ts";
import { asideChapter } from "./aside.ts";
import { cachesChapter } from "./caches.ts";
import { deviceChapter } from "./device.ts";
import { failingChapter } from "./failing.ts";
import { fileSystemChapter } from "./file-system.ts";
import { guideChapter } from "./guide.ts";
import { largeChapter } from "./large.ts";
import { mediaChapter } from "./media.ts";
import { powerCutsChapter } from "./power-cuts.ts";

/** In the order in which they start: the longest first, for several run at once. */
export const chapters: readonly Chapter[] = [
  powerCutsChapter,
  fileSystemChapter("ext4", "ext4", { dax: true, short: true }),
  fileSystemChapter("xfs", "xfs", { dax: true, short: false }),
  fileSystemChapter("page", "ext4", { dax: false, short: false }),
  deviceChapter,
  mediaChapter,
  asideChapter,
  failingChapter,
  largeChapter,
  cachesChapter,
  guideChapter,
];
