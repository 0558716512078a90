// Four projects: `node` (everything that runs in Node), `web` (the same conformance cases and sessions in Chromium, WebGPU on),
// `apps` (programs built from the packed package, opened in Chromium) and `proof` (differential conformance and fuzzing).

import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { chromiumArgs } from './tools/setup/chromium-args.ts';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.web.test.ts', 'test/apps/**', 'test/proof/**'],
          pool: 'forks',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          env: { TF_CPP_MIN_LOG_LEVEL: '2' },
        },
      },
      {
        test: {
          name: 'web',
          include: ['test/**/*.web.test.ts'],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
                args: [...chromiumArgs],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        test: {
          name: 'apps',
          include: ['test/apps/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 600_000,
          hookTimeout: 600_000,
          env: { TF_CPP_MIN_LOG_LEVEL: '2' },
        },
      },
      {
        test: {
          name: 'proof',
          include: ['test/proof/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 600_000,
          hookTimeout: 600_000,
          env: { TF_CPP_MIN_LOG_LEVEL: '2' },
        },
      },
    ],
  },
});
