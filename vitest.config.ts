import { defineConfig } from 'vitest/config'
import { ClosingLine } from './test/support/closing-line.ts'

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'test/**/*.test.ts',
      'packages/{contract,sdk,cli,dashboard}/**/*.test.ts',
      'agents/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: 'test/support/services/global-setup.ts',
    reporters: ['default', new ClosingLine()],
    pool: 'forks',
    maxWorkers: 2,
    // Files leave nothing behind; a module that is loaded once, and warm, spares a tenth of the time.
    isolate: false,
    // On a machine that others use as well; what needs it is named at the end of the run.
    retry: process.env['CI'] === undefined ? 0 : 1,
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
})
