import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, expect, test, vi } from 'vitest'
import { createTestExecutor } from './testing/executor-fixture.ts'
import { ECHO, ENDLESS, MEMORY_HOG } from './testing/sample-programs.ts'

const single = createTestExecutor({ concurrency: 4, spareWorkers: 4 })
const reusing = createTestExecutor({ concurrency: 4, spareWorkers: 4, executionsPerWorker: 20 })
type Fixture = typeof single
afterAll(() => Promise.all([single.executor.close(0), reusing.executor.close(0)]))

interface Work {
  kind: 'echo' | 'endless'
  text: string
  cancelAfterMs: number | null
}

const work: fc.Arbitrary<Work> = fc.record({
  kind: fc.constantFrom('echo', 'echo', 'endless'),
  text: fc.string({ maxLength: 200 }),
  cancelAfterMs: fc.option(fc.integer({ min: 0, max: 60 })),
})

const perform = async (
  { run }: Fixture,
  { kind, text, cancelAfterMs }: Work,
  index: number,
): Promise<void> => {
  const stdin = `${index}: ${text}`
  const { outcome, stdout } = await run(kind === 'echo' ? ECHO : ENDLESS, {
    stdin: new TextEncoder().encode(stdin),
    signal: cancelAfterMs === null ? undefined : AbortSignal.timeout(cancelAfterMs),
    limits: { timeoutMs: kind === 'echo' ? 10_000 : 80 },
  })
  const allowed = kind === 'echo' ? ['exit'] : ['timeout']
  if (cancelAfterMs !== null) allowed.push('cancelled')
  expect(allowed).toContain(outcome)
  if (outcome === 'exit') expect(stdout).toBe(stdin)
  else expect(stdin.startsWith(stdout)).toBe(true)
}

test.each([
  ['used once', single],
  ['used again', reusing],
])(
  'random executions with random cancels, threads %s → no result mixes with another, no thread stays',
  async (_name, fixture) => {
    const { executor, run, exits } = fixture
    await run(ECHO)
    const threadsBefore = threadCount(fixture)
    await fc.assert(
      fc.asyncProperty(fc.array(work, { minLength: 10, maxLength: 20 }), async (batch) => {
        await Promise.all(batch.map((entry, index) => perform(fixture, entry, index)))
        expect(executor.stats()).toMatchObject({ running: 0, queued: 0 })
      }),
      { numRuns: 4 },
    )
    expect(exits).toEqual([])
    // Replacements may be starting beside the spare ones.
    await vi.waitFor(() => expect(threadCount(fixture)).toBeLessThanOrEqual(threadsBefore + 4), {
      timeout: 10_000,
    })
  },
)

/** Threads of the runner process; the same number everywhere but on Linux, where it is known. */
const threadCount = ({ executor }: Fixture): number => {
  if (process.platform !== 'linux') return 0
  return readdirSync(`/proc/${executor.stats().runnerPid}/task`).length
}

test('damaged modules → each gets an outcome, the runner process lives on', async () => {
  const { run, exits } = single
  const bits = Array.from({ length: 60 }, (_, index) => (index * 13) % (MEMORY_HOG.length * 8))
  await Promise.all(
    bits.map(async (bit) => {
      const bytes = Uint8Array.from(MEMORY_HOG)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const { outcome } = await run(bytes, { limits: { timeoutMs: 200 } })
      expect(outcome).not.toBe('runner_lost')
    }),
  )
  expect(exits).toEqual([])
})
