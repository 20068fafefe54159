/**
 * Two projects: `engine` tests share one container engine and run one file at a time, after the others, which run side
 * by side. A test belongs to `engine` by its folder.
 */
import { defineConfig } from 'vitest/config';

const engine = ['conformance', 'docker', 'bridge', 'sources', 'lock', 'apply', 'workflow', 'cli', 'e2e', 'house'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

const shared = {
  globalSetup: ['test/support/built.ts'],
  setupFiles: ['test/support/seed.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // Tests say how long they wait for what; a machine with two cores decides how long that is.
  teardownTimeout: 30_000,
};

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/config/schema-types.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      reportsDirectory: 'coverage',
    },
    projects: [
      {
        test: {
          ...shared,
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: engine,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: { ...shared, name: 'engine', include: engine, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
