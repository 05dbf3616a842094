import { defineConfig } from "vitest/config";
import shared from "../../vitest.config.ts";

/** The tests that run inside the emulated machine. */
export default defineConfig({ test: { ...shared.test, include: ["guest/test/**/*.test.ts"] } });
