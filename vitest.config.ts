import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const minuteMs = 60_000;

/** Real parts on a busy computer take longer than the one second that a poll waits by default. */
const patient = { poll: { timeout: 20_000 } };

/**
 * unit: fast, in parallel. docker: a real Docker engine without a VM (test/support/local-engine). vm and e2e: a
 * real guest and the real window. The last three run one file after another, because they share the machine; under
 * plain emulation a boot takes half a minute.
 */
export default defineConfig({
  test: {
    teardownTimeout: 2 * minuteMs,
    projects: [
      {
        plugins: [svelte({ configFile: false })],
        // Svelte's server build is what Node would pick.
        resolve: { conditions: ["browser"] },
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], environment: "node", testTimeout: 20_000 },
      },
      {
        test: {
          name: "docker",
          include: ["test/docker/**/*.test.ts"],
          fileParallelism: false,
          expect: patient,
          testTimeout: minuteMs,
          hookTimeout: 2 * minuteMs,
        },
      },
      {
        test: {
          name: "vm",
          include: ["test/vm/**/*.test.ts"],
          globalSetup: ["test/vm/shared-machine.ts"],
          fileParallelism: false,
          expect: patient,
          testTimeout: 5 * minuteMs,
          hookTimeout: 10 * minuteMs,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          expect: patient,
          testTimeout: 10 * minuteMs,
          hookTimeout: 10 * minuteMs,
        },
      },
    ],
  },
});
