import { afterAll, describe, expect, test } from 'vitest'
import { createTestExecutor, digestOf } from './testing/executor-fixture.ts'
import * as program from './testing/sample-programs.ts'
import { command, wat } from './testing/wat.ts'

const { executor, run } = createTestExecutor({ budgets: { pollCallsMax: 1_000 } })
afterAll(() => executor.close(0))

const text = (value: string): Uint8Array => new TextEncoder().encode(value)

describe('execute', () => {
  test('program that ends by itself → exit with its code and both streams', async () => {
    expect(await run(program.exiting(3))).toEqual({
      outcome: 'exit',
      exitCode: 3,
      stdout: 'hello',
      stderr: 'oops',
      error: null,
      durationMs: expect.any(Number),
      memoryBytes: 65_536,
    })
  })

  test('memory that was grown → measured at the end; unknown of a program that was killed', async () => {
    expect(await run(command('(drop (memory.grow (i32.const 6)))'))).toMatchObject({
      memoryBytes: 7 * 65_536,
    })
    expect(await run(program.MEMORY_HOG, { limits: { memoryBytesMax: 640_000 } })).toMatchObject({
      outcome: 'out_of_memory',
      memoryBytes: 9 * 65_536,
    })
    expect(await run(program.ENDLESS, { limits: { timeoutMs: 50 } })).toMatchObject({
      outcome: 'timeout',
      memoryBytes: null,
    })
  })

  test('program that returns from _start → exit with code 0', async () => {
    expect(await run(command(''))).toMatchObject({ outcome: 'exit', exitCode: 0, stdout: '' })
  })

  test('exit code above 255 → kept', async () => {
    expect(await run(program.exiting(4_000_000_000))).toMatchObject({ exitCode: 4_000_000_000 })
  })

  test('stdin → read by the program, bytes unchanged', async () => {
    const stdin = text('Grüße, 世界\n'.repeat(2_000))
    const { stdout } = await run(program.ECHO, { stdin })
    expect(stdout).toBe('Grüße, 世界\n'.repeat(2_000))
  })

  test('malformed UTF-8 in stdout → replaced', async () => {
    const { stdout } = await run(program.ECHO, { stdin: Uint8Array.of(0x41, 0xff, 0x42) })
    expect(stdout).toBe('A\u{fffd}B')
  })

  test('endless loop → timeout', async () => {
    const execution = await run(program.ENDLESS, { limits: { timeoutMs: 200 } })
    expect(execution).toMatchObject({ outcome: 'timeout', exitCode: null })
    expect(execution.error).toContain('200 ms')
  })

  test('endless loop with little processor time → timeout that says so', async () => {
    const execution = await run(program.ENDLESS, { limits: { cpuMs: 100 } })
    expect(execution).toMatchObject({ outcome: 'timeout' })
    expect(execution.error).toContain('processor time')
  })

  test('program that sleeps → uses no processor time, ends by wall time', async () => {
    const execution = await run(program.SLEEPER, { limits: { timeoutMs: 400, cpuMs: 100 } })
    expect(execution).toMatchObject({ outcome: 'timeout' })
    expect(execution.error).toContain('400 ms')
  })

  test('killed program → what it wrote before survives', async () => {
    const execution = await run(program.PARTIAL_THEN_ENDLESS, { limits: { timeoutMs: 1_500 } })
    expect(execution).toMatchObject({ outcome: 'timeout', stdout: 'partial' })
  })

  test('abort signal → cancelled, with the output so far', async () => {
    const signal = AbortSignal.timeout(1_500)
    const execution = await run(program.PARTIAL_THEN_ENDLESS, { signal })
    expect(execution).toMatchObject({ outcome: 'cancelled', stdout: 'partial' })
  })

  test('signal aborted before → cancelled, nothing is loaded', async () => {
    let isLoaded = false
    const loadModule = async () => {
      isLoaded = true
      return program.ENDLESS
    }
    const execution = await run(program.ENDLESS, { loadModule, signal: AbortSignal.abort() })
    expect(execution.outcome).toBe('cancelled')
    expect(isLoaded).toBe(false)
  })

  test('unreachable → trap that names its kind', async () => {
    const execution = await run(command('unreachable'))
    expect(execution).toMatchObject({ outcome: 'trap', error: 'The program trapped: unreachable.' })
  })

  test.each([
    ['(drop (i32.div_s (i32.const 1) (i32.const 0)))', 'divide by zero'],
    ['(drop (i32.load (i32.const 65536)))', 'memory access out of bounds'],
    ['(drop (i32.trunc_f32_s (f32.const 1e30)))', 'float unrepresentable in integer range'],
  ])('%s → trap: %s', async (body, kind) => {
    expect(await run(command(body))).toMatchObject({
      outcome: 'trap',
      error: `The program trapped: ${kind}.`,
    })
  })

  test('endless recursion → trap: stack overflow', async () => {
    expect(await run(program.DEEP_RECURSION)).toMatchObject({
      outcome: 'trap',
      error: 'The program trapped: stack overflow.',
    })
  })

  test('uncaught exception of the program → trap', async () => {
    const module = wat(
      '(module (tag $t) (memory (export "memory") 1) (func (export "_start") (throw $t)))',
    )
    expect(await run(module)).toMatchObject({
      outcome: 'trap',
      error: 'The program trapped: uncaught exception.',
    })
  })

  test('active data segment out of bounds → trap', async () => {
    const module = wat(
      '(module (memory (export "memory") 1) (data (i32.const 65535) "ab") (func (export "_start")))',
    )
    expect((await run(module)).outcome).toBe('trap')
  })

  test('digest that does not match → invalid_module, nothing runs', async () => {
    const digest = digestOf(text('another module'))
    const execution = await run(program.ECHO, { digest })
    expect(execution).toMatchObject({ outcome: 'invalid_module', stdout: '' })
    expect(execution.error).toContain(digest)
    expect(execution.error).toContain(digestOf(program.ECHO))
  })

  test('bytes that are no module → invalid_module with the reason', async () => {
    const execution = await run(text('#!/bin/sh\necho hello'))
    expect(execution).toMatchObject({ outcome: 'invalid_module' })
    expect(execution.error).toContain('not WebAssembly')
  })

  test('body that does not validate → invalid_module with the compiler’s words', async () => {
    const execution = await run(wrongTypes())
    expect(execution.outcome).toBe('invalid_module')
    expect(execution.error).toContain('WebAssembly.compile()')
  })

  test('loader that fails → its error, and the executor works on', async () => {
    const failing = run(command('(nop)(nop)'), {
      loadModule: () => Promise.reject(new Error('The blob store is away.')),
    })
    await expect(failing).rejects.toThrow('The blob store is away.')
    expect((await run(program.ECHO)).outcome).toBe('exit')
    expect(executor.stats()).toMatchObject({ running: 0, queued: 0 })
  })

  test('second execution of a digest → the module is not loaded again', async () => {
    const module = command('(nop)')
    let loads = 0
    const loadModule = async () => {
      loads += 1
      return module
    }
    await run(module, { loadModule })
    await run(module, { loadModule })
    expect(loads).toBe(1)
  })

  test('zero byte in an argument, odd variable name → refused by name', async () => {
    await expect(run(program.ECHO, { args: ['a\0b'] })).rejects.toMatchObject({
      code: 'executor.bad_argument',
    })
    await expect(run(program.ECHO, { env: { 'A=B': 'c' } })).rejects.toMatchObject({
      code: 'executor.bad_argument',
    })
  })
})

/** `_start` leaves a value behind although it answers none. */
const wrongTypes = (): Uint8Array => {
  const bytes = Uint8Array.from(command('(drop (i32.const 1))'))
  bytes[bytes.lastIndexOf(0x1a)] = 0x01
  return bytes
}
