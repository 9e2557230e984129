import { afterAll, describe, expect, test } from 'vitest'
import { moduleOf } from '#features/agents/module-source.ts'
import { ByteWriter, encodeU32 } from './module/byte-writer.ts'
import { createTestExecutor } from './testing/executor-fixture.ts'
import { ECHO, exiting } from './testing/sample-programs.ts'
import { command } from './testing/wat.ts'

const { executor, run, exits } = createTestExecutor({ compileTimeoutMs: 20 })
const patient = createTestExecutor({ compileTimeoutMs: 60_000 })
afterAll(() => Promise.all([executor.close(0), patient.executor.close(0)]))

const TRIES_MAX = 100

/** On a busy machine even a small module can miss so small a limit; once compiled, it is kept. */
const compiledWithinTheSmallLimit = async (module: Uint8Array): Promise<void> => {
  for (let tries = 0; tries < TRIES_MAX; tries++) if ((await run(module)).outcome === 'exit') return
  throw new Error('The module never compiled in time.')
}

describe('inspect', () => {
  test('sound command → what it declares', async () => {
    expect(await patient.executor.inspect(moduleOf(ECHO))).toEqual({
      isAccepted: true,
      report: {
        imports: ['wasi_snapshot_preview1.fd_read', 'wasi_snapshot_preview1.fd_write'],
        memoryPagesMin: 1,
        memoryPagesMax: null,
      },
    })
  })

  test('bytes that are no module → refused', async () => {
    expect(await patient.executor.inspect(moduleOf(new Uint8Array(10)))).toMatchObject({
      isAccepted: false,
      code: 'module.not_wasm',
    })
  })

  test('sound declarations, invalid code → refused with the compiler’s words', async () => {
    const bytes = Uint8Array.from(command('(drop (i32.const 1))'))
    bytes[bytes.lastIndexOf(0x1a)] = 0x01
    const inspection = await patient.executor.inspect(moduleOf(bytes))
    expect(inspection).toMatchObject({ isAccepted: false, code: 'module.invalid' })
  })

  test('several at once → each gets its own answer', async () => {
    const modules = [ECHO, new Uint8Array(3), exiting(0), Buffer.from('text'), exiting(1)]
    const answers = await Promise.all(
      modules.map((bytes) => patient.executor.inspect(moduleOf(bytes))),
    )
    expect(answers.map(({ isAccepted }) => isAccepted)).toEqual([true, false, true, false, true])
  })

  test('code that takes the compiler too long → refused; running programs notice nothing', async () => {
    await compiledWithinTheSmallLimit(exiting(0))
    const { runnerStarts } = executor.stats()
    const exitsBefore = exits.length
    const inspection = await executor.inspect(moduleOf(slowToCompile(8_000)))
    expect(inspection).toEqual({
      isAccepted: false,
      code: 'module.invalid',
      reason: 'Compiling the module takes longer than 20 ms.',
    })
    const later = exits.slice(exitsBefore)
    expect(later.every(({ lostExecutions }) => lostExecutions === 0)).toBe(true)
    expect(executor.stats().runnerStarts).toBe(runnerStarts)
    expect(await run(exiting(0))).toMatchObject({ outcome: 'exit' })
  })

  test.runIf(process.platform === 'linux')(
    'code that takes the compiler too much memory → refused, the process is killed',
    async () => {
      const inspection = await patient.executor.inspect(moduleOf(slowToCompile(50_000)))
      expect(inspection).toMatchObject({ isAccepted: false, code: 'module.invalid' })
      const reasons = patient.exits.map(({ killReason }) => killReason)
      expect(reasons).toEqual([expect.stringContaining('bytes of memory')])
      expect(await patient.executor.inspect(moduleOf(ECHO))).toMatchObject({ isAccepted: true })
    },
  )

  test('closed meanwhile → rejects, the module is not to blame', async () => {
    const closed = createTestExecutor()
    const inspecting = closed.executor.inspect(moduleOf(ECHO))
    const refused = expect(inspecting).rejects.toMatchObject({ kind: 'unavailable' })
    await closed.executor.close(0)
    await refused
  })

  test('after close → rejects', async () => {
    const closed = createTestExecutor()
    await closed.executor.close(0)
    await expect(closed.executor.inspect(moduleOf(ECHO))).rejects.toMatchObject({
      code: 'executor.closing',
    })
  })
})

/** Thousands of branches above thousands of stacked values: quadratic work for a baseline compiler. */
const slowToCompile = (height: number): Uint8Array => {
  const code = new ByteWriter()
    .bytes([0])
    .bytes(Uint8Array.from({ length: 2 * height }, (_, index) => (index % 2 === 0 ? 0x41 : 1)))
    .bytes(Uint8Array.from({ length: 5 * height }, (_, index) => BRANCH[index % 5] ?? 0))
    .bytes(new Uint8Array(height).fill(0x1a))
    .bytes([0x0b])
    .finish()
  const start = command('')
  const bodyAt = start.length - 3
  const content = new ByteWriter().bytes([1]).sized(code).finish()
  return new ByteWriter()
    .bytes(start.subarray(0, bodyAt - 3))
    .bytes([10, ...encodeU32(content.length)])
    .bytes(content)
    .finish()
}

/** i32.const 1; if; end */
const BRANCH = [0x41, 0x01, 0x04, 0x40, 0x0b]
