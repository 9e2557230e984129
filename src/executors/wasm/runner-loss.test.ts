import { afterEach, describe, expect, test, vi } from 'vitest'
import type { WasmExecutorOptions } from './index.ts'
import { createTestExecutor } from './testing/executor-fixture.ts'
import { ECHO, ENDLESS, exiting } from './testing/sample-programs.ts'

const opened: ReturnType<typeof createTestExecutor>[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ executor }) => executor.close(0)))
})

/** An executor whose runner is ready, and a way to send that a signal. */
const openReady = async (options: WasmExecutorOptions = {}) => {
  const fixture = createTestExecutor(options)
  opened.push(fixture)
  expect((await fixture.run(ECHO)).outcome).toBe('exit')
  const signal = (name: NodeJS.Signals) =>
    process.kill(fixture.executor.stats().runnerPid ?? 0, name)
  return { ...fixture, signal }
}

describe('runner process lost', () => {
  test('killed while a program runs → runner_lost, the next execution gets a new process', async () => {
    const { executor, run, exits, signal } = await openReady()
    const running = run(ENDLESS)
    await vi.waitFor(() => expect(executor.stats().running).toBe(1))
    signal('SIGKILL')
    expect(await running).toMatchObject({ outcome: 'runner_lost', exitCode: null })
    expect(await run(exiting(0))).toMatchObject({ outcome: 'exit' })
    expect(exits).toMatchObject([
      { signal: 'SIGKILL', killReason: null, isExpected: false, lostExecutions: 1 },
    ])
    expect(executor.stats().runnerStarts).toBe(2)
  })

  test('executions that waited → run in the new process', async () => {
    const { run, signal } = await openReady({ concurrency: 1 })
    const running = run(ENDLESS)
    const waiting = [exiting(1), exiting(2)].map((module) => run(module))
    signal('SIGKILL')
    expect((await running).outcome).toBe('runner_lost')
    const codes = (await Promise.all(waiting)).map(({ exitCode }) => exitCode)
    expect(codes).toEqual([1, 2])
  })

  test('silent process → killed, its executions are runner_lost', async () => {
    const { run, exits, signal } = await openReady({ unresponsiveMs: 3_000 })
    const running = run(ENDLESS)
    signal('SIGSTOP')
    expect(await running).toMatchObject({ outcome: 'runner_lost' })
    expect(exits[0]?.killReason).toContain('did not answer')
    expect((await run(ECHO)).outcome).toBe('exit')
  })

  test('program that outlives every limit inside → killed with its process, timeout', async () => {
    const { run, exits, signal } = await openReady({ compileTimeoutMs: 100, killGraceMs: 1_000 })
    const running = run(ENDLESS, { limits: { timeoutMs: 1_000 } })
    signal('SIGSTOP')
    expect(await running).toMatchObject({ outcome: 'timeout' })
    expect(exits[0]?.killReason).toContain('did not end in time')
  })

  test('signals of the terminal → ignored, the server decides', async () => {
    const { executor, run, signal } = await openReady()
    signal('SIGINT')
    signal('SIGTERM')
    expect((await run(ECHO)).outcome).toBe('exit')
    expect(executor.stats().runnerStarts).toBe(1)
  })
})

describe('limits of the executor', () => {
  test('full queue → executor.busy', async () => {
    const { executor, run } = await openReady({ concurrency: 1, queueMax: 1 })
    const abort = new AbortController()
    const running = run(ENDLESS, { signal: abort.signal })
    const waiting = run(ECHO, { signal: abort.signal })
    await expect(run(ECHO)).rejects.toMatchObject({ code: 'executor.busy', isRetryable: true })
    expect(executor.stats()).toMatchObject({ running: 1, queued: 1 })
    abort.abort()
    const outcomes = (await Promise.all([running, waiting])).map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['cancelled', 'cancelled'])
    expect(executor.stats()).toMatchObject({ running: 0, queued: 0 })
  })

  test('close → waits for what runs, refuses what waits and comes', async () => {
    const { executor, run } = await openReady({ concurrency: 1 })
    const running = run(exiting(5))
    const waiting = run(ECHO)
    const closed = executor.close(10_000)
    await expect(waiting).rejects.toMatchObject({ code: 'executor.closing' })
    expect(await running).toMatchObject({ outcome: 'exit', exitCode: 5 })
    await closed
    await expect(run(ECHO)).rejects.toMatchObject({ code: 'executor.closing' })
  })

  test('close with a program that never ends → killed after the grace; twice is once', async () => {
    const { executor, run, exits } = await openReady()
    const running = run(ENDLESS)
    await Promise.all([executor.close(100), executor.close(100)])
    expect(await running).toMatchObject({ outcome: 'runner_lost' })
    await executor.close(0)
    expect(exits).toMatchObject([{ isExpected: true }])
  })

  test('cancelled while its module is read → cancelled; the late module harms nobody', async () => {
    const { executor, run, exits } = await openReady({ compileTimeoutMs: 500, killGraceMs: 500 })
    const module = Promise.withResolvers<Uint8Array>()
    const abort = new AbortController()
    const loadModule = () => {
      abort.abort()
      return module.promise
    }
    const limits = { timeoutMs: 50 }
    const running = run(exiting(0), { loadModule, signal: abort.signal, limits })
    expect(await running).toMatchObject({ outcome: 'cancelled' })
    module.resolve(exiting(0))
    expect(await run(ENDLESS, { limits: { timeoutMs: 2_000 } })).toMatchObject({
      outcome: 'timeout',
    })
    expect(exits).toEqual([])
    expect(executor.stats()).toMatchObject({ running: 0, runnerStarts: 1 })
  })

  test('module that cannot be read in time → executor.module_unavailable', async () => {
    const { executor, run } = await openReady({ loadTimeoutMs: 50 })
    const never = run(exiting(0), { loadModule: () => new Promise(() => {}) })
    await expect(never).rejects.toMatchObject({ code: 'executor.module_unavailable' })
    expect(executor.stats().running).toBe(0)
  })

  test('limits that make no sense → an outcome, and the process lives on', async () => {
    const { run, exits } = await openReady()
    for (const value of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY]) {
      const execution = await run(ECHO, {
        limits: { outputBytesMax: value, memoryBytesMax: value },
      })
      expect(execution.outcome).toBe(value > 1 ? 'exit' : 'out_of_memory')
    }
    const timeless = await run(ENDLESS, { limits: { timeoutMs: Number.NaN, cpuMs: -5 } })
    expect(timeless.outcome).toBe('timeout')
    expect(exits).toEqual([])
  })

  test('health → healthy while the process starts and runs', async () => {
    const fixture = createTestExecutor()
    opened.push(fixture)
    expect(fixture.executor.health()).toMatchObject({ isHealthy: true })
    await fixture.run(ECHO)
    expect(fixture.executor.health().detail).toMatch(
      /^Sandbox process \d+: 0 running, 0 waiting\.$/,
    )
  })
})
