import { afterAll, describe, expect, test } from 'vitest'
import { createTestExecutor } from './testing/executor-fixture.ts'
import * as program from './testing/sample-programs.ts'
import { command, wat } from './testing/wat.ts'

const PAGE_BYTES = 65_536

const { executor, run, exits } = createTestExecutor({
  budgets: { pollCallsMax: 1_000, randomBytesMax: 1024 * 1024 },
})
afterAll(async () => {
  // Whatever ran above, the runner process outlived it.
  expect(exits).toEqual([])
  await executor.close(0)
})

describe('memory', () => {
  test('growth until refused, then abort → out_of_memory', async () => {
    expect(await run(program.MEMORY_HOG)).toMatchObject({ outcome: 'out_of_memory' })
  })

  test('growth is refused exactly at the limit, and the program is told', async () => {
    const pages = (count: number) =>
      command(`(if (i32.ne (memory.grow (i32.const ${count})) (i32.const 1)) (then unreachable))`)
    const limits = { memoryBytesMax: 10 * PAGE_BYTES }
    expect(await run(pages(9), { limits })).toMatchObject({ outcome: 'exit' })
    expect(await run(pages(10), { limits })).toMatchObject({ outcome: 'out_of_memory' })
  })

  test('limit that is no whole page → rounded down', async () => {
    const body = '(if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))'
    const limits = { memoryBytesMax: 2 * PAGE_BYTES - 1 }
    expect(await run(command(body), { limits })).toMatchObject({ outcome: 'out_of_memory' })
  })

  test('one module under two limits → each execution keeps its own', async () => {
    const body = '(if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))'
    const one = await run(command(body), { limits: { memoryBytesMax: PAGE_BYTES } })
    const two = await run(command(body), { limits: { memoryBytesMax: 2 * PAGE_BYTES } })
    expect([one.outcome, two.outcome]).toEqual(['out_of_memory', 'exit'])
  })

  test('refused growth that the program handles → exit', async () => {
    expect(await run(program.MEMORY_PROBE)).toMatchObject({ outcome: 'exit', exitCode: 0 })
  })

  test('unrelated trap after a growth that worked again → trap', async () => {
    const body =
      '(drop (memory.grow (i32.const 60000))) (drop (memory.grow (i32.const 1))) unreachable'
    expect(await run(command(body))).toMatchObject({ outcome: 'trap' })
  })

  test('more memory at the start than the limit → out_of_memory', async () => {
    const module = wat('(module (memory (export "memory") 100) (func (export "_start")))')
    const execution = await run(module, { limits: { memoryBytesMax: 99 * PAGE_BYTES } })
    expect(execution).toMatchObject({ outcome: 'out_of_memory' })
    expect(execution.error).toContain('99 pages')
  })

  test('limit above the executor’s own maximum → the maximum counts', async () => {
    const small = createTestExecutor({ memoryBytesMax: 2 * PAGE_BYTES })
    const limits = { memoryBytesMax: 1024 * PAGE_BYTES }
    expect(await small.run(program.MEMORY_HOG, { limits })).toMatchObject({
      outcome: 'out_of_memory',
    })
    await small.executor.close(0)
  })

  test('exceptions that fill the heap → out_of_memory, neighbours run on', async () => {
    const stdin = new TextEncoder().encode('calm')
    const [hog, neighbour] = await Promise.all([
      run(program.EXCEPTION_HOG),
      run(program.ECHO, { stdin }),
    ])
    expect(hog).toMatchObject({ outcome: 'out_of_memory' })
    expect(neighbour).toMatchObject({ outcome: 'exit', stdout: 'calm' })
  })

  test('table that grows for ever → refused, the program is told', async () => {
    const module = wat(`(module (table $t 1 externref) (memory (export "memory") 1)
      (func (export "_start")
        (loop (br_if 0 (i32.ne (table.grow $t (ref.null extern) (i32.const 10000)) (i32.const -1))))))`)
    expect(await run(module)).toMatchObject({ outcome: 'exit' })
  })
})

describe('output', () => {
  test('flood → output_limit, exactly the allowed bytes are kept', async () => {
    const execution = await run(program.OUTPUT_FLOOD, { limits: { outputBytesMax: 100_000 } })
    expect(execution).toMatchObject({ outcome: 'output_limit', exitCode: null })
    expect(execution.stdout).toHaveLength(100_000)
  })

  test('flood by a program that catches every exception → output_limit', async () => {
    expect(await run(program.CATCHING_FLOOD)).toMatchObject({ outcome: 'output_limit' })
  })

  test('output of exactly the limit → exit', async () => {
    const limits = { outputBytesMax: 9 }
    expect(await run(program.exiting(0), { limits })).toMatchObject({ outcome: 'exit' })
    const tooLittle = await run(program.exiting(0), { limits: { outputBytesMax: 8 } })
    expect(tooLittle).toMatchObject({ outcome: 'output_limit', stdout: 'hello', stderr: 'oop' })
  })
})

describe('host budgets', () => {
  test('random flood → trap that names the budget', async () => {
    const execution = await run(program.RANDOM_FLOOD)
    expect(execution).toMatchObject({ outcome: 'trap' })
    expect(execution.error).toContain('random bytes')
  })

  test('poll flood → trap that names the budget', async () => {
    const execution = await run(program.POLL_FLOOD)
    expect(execution).toMatchObject({ outcome: 'trap' })
    expect(execution.error).toContain('polled more than 1000 times')
  })

  test('program that catches its own exit and runs on → exit, and its thread is gone', async () => {
    expect(await run(program.CATCHING_EXIT)).toMatchObject({ outcome: 'exit', exitCode: 7 })
  })

  test('clock read again and again → steps of whole milliseconds', async () => {
    const module = command(
      `(loop (drop (call $clock_time_get (i32.const 1) (i64.const 1) (i32.const 0)))
         (if (i64.ne (i64.rem_u (i64.load (i32.const 0)) (i64.const 1000000)) (i64.const 0))
           (then unreachable))
         (br_if 0 (i64.lt_u (i64.load (i32.const 0)) (i64.const 1020000000))))`,
      ['clock_time_get'],
    )
    expect(await run(module)).toMatchObject({ outcome: 'exit' })
  })
})

test('a hostile crowd does not disturb a neighbour', async () => {
  const crowd = [program.ENDLESS, program.OUTPUT_FLOOD, program.DEEP_RECURSION, program.MEMORY_HOG]
  const hostile = crowd.map((module) =>
    run(module, { limits: { timeoutMs: module === program.ENDLESS ? 500 : 20_000 } }),
  )
  const stdin = new TextEncoder().encode('calm')
  expect(await run(program.ECHO, { stdin })).toMatchObject({ outcome: 'exit', stdout: 'calm' })
  const outcomes = (await Promise.all(hostile)).map(({ outcome }) => outcome)
  expect(outcomes).toEqual(['timeout', 'output_limit', 'trap', 'out_of_memory'])
})
