import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The addon must be loaded by real worker threads and processes, as its users' is.
    pool: "forks",
    testTimeout: 60_000,
  },
});
