import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends the run with one plain line that any tool can read: `N passed, N failed, N skipped`. Before
 * it stand the tests that passed at their second try only: each of them is a fault to be mended.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 }
    for (const module of modules) {
      if (module.state() === 'failed' && module.children.size === 0) counts.failed++
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state !== 'pending') counts[state]++
        if (test.diagnostic()?.flaky === true)
          console.log(`passed at its second try only: ${module.moduleId} › ${test.fullName}`)
      }
    }
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  }
}
