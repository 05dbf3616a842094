import { defineConfig } from "vitest/config";

/**
 * The one test configuration: every package runs `vitest run --config ../../vitest.config.ts` in its own folder, so that
 * folder is the root. Two workers, each a process of its own: tests map files, hold locks and are killed.
 */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 10_000,
    allowOnly: false,
    passWithNoTests: false,
    reporters: ["default", ["json", { outputFile: process.env["NODEMM_TEST_REPORT"] ?? "test-results/vitest.json" }]],
  },
});
