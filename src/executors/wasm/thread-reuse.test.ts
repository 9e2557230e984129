import { readdirSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { createTestExecutor } from './testing/executor-fixture.ts'
import * as program from './testing/sample-programs.ts'
import { command } from './testing/wat.ts'

const { executor, run, exits } = createTestExecutor({ concurrency: 1, executionsPerWorker: 8 })
afterAll(async () => {
  expect(exits).toEqual([])
  await executor.close(0)
})

/** Finds its memory empty and its growth unspent, or traps; leaves both used. */
const TIDY = command(
  `(if (i32.load (i32.const 1000)) (then unreachable))
   (if (i32.ne (memory.grow (i32.const 3)) (i32.const 1)) (then unreachable))
   (i32.store (i32.const 1000) (i32.const 1))`,
)

describe('threads that serve several executions', () => {
  test('every execution finds an instance and a memory of its own', async () => {
    for (let count = 0; count < 20; count += 1) {
      expect(await run(TIDY)).toMatchObject({ outcome: 'exit', exitCode: 0 })
    }
  })

  test('streams, descriptors and exit codes → none is seen by the next one', async () => {
    for (let count = 0; count < 20; count += 1) {
      const stdin = new TextEncoder().encode(`input ${count}`)
      expect(await run(program.ECHO, { stdin })).toMatchObject({ stdout: `input ${count}` })
      expect(await run(program.exiting(count))).toMatchObject({
        exitCode: count,
        stdout: 'hello',
        stderr: 'oops',
      })
    }
  })

  test('program that catches its exit and runs on → its thread is ended, not used again', async () => {
    for (let count = 0; count < 4; count += 1) {
      expect(await run(program.CATCHING_EXIT)).toMatchObject({ outcome: 'exit', exitCode: 7 })
      expect(await run(program.exiting(1))).toMatchObject({ outcome: 'exit', exitCode: 1 })
    }
  })

  test('killed, trapped and well-behaved programs in turn → each its own outcome', async () => {
    const cancelled = { signal: AbortSignal.abort() }
    for (let count = 0; count < 3; count += 1) {
      const outcomes = [
        await run(program.ENDLESS, { limits: { timeoutMs: 50 } }),
        await run(program.DEEP_RECURSION),
        await run(program.MEMORY_HOG),
        await run(program.OUTPUT_FLOOD),
        await run(program.ECHO, cancelled),
        await run(TIDY),
      ].map(({ outcome }) => outcome)
      expect(outcomes).toEqual([
        'timeout',
        'trap',
        'out_of_memory',
        'output_limit',
        'cancelled',
        'exit',
      ])
    }
  })

  test.runIf(process.platform === 'linux')(
    'ten short executions → at most a few new threads, where single use takes ten',
    async () => {
      await run(TIDY)
      const before = new Set(threads())
      for (let count = 0; count < 10; count += 1) await run(TIDY)
      const added = threads().filter((thread) => !before.has(thread))
      expect(added.length).toBeLessThan(8)
    },
  )
})

const threads = (): string[] => readdirSync(`/proc/${executor.stats().runnerPid}/task`)
