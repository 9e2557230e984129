import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { wat } from '../testing/wat.ts'
import { ByteReader } from './byte-reader.ts'
import { skipInstruction } from './instruction-reader.ts'
import { GROWTH_REFUSED } from './memory-guard.ts'
import { MODULE_LIMITS } from './module-limits.ts'
import { parseModule } from './module-parser.ts'
import { prepareModule } from './prepare-module.ts'

/** These modules are our own, so they may run in the test's process. */
const instantiate = (text: string, pagesMax: number) => {
  const bytes = prepareModule(wat(text), MODULE_LIMITS, pagesMax)
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {})
  const call = (name: string, ...values: number[]): unknown => {
    const target = exports[name]
    if (typeof target !== 'function') throw new Error(`No function ${name}.`)
    return target(...values)
  }
  const flag = exports[GROWTH_REFUSED]
  return { call, isRefused: () => flag instanceof WebAssembly.Global && flag.value === 1 }
}

const GROWER = `(module (memory (export "memory") 1)
  (func (export "_start"))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "size") (result i32) (memory.size)))`

describe('guardMemory', () => {
  test('growth up to the limit → the old size; beyond → -1 and noted', () => {
    const { call, isRefused } = instantiate(GROWER, 5)
    expect([call('grow', 4), isRefused()]).toEqual([1, false])
    expect([call('grow', 1), isRefused()]).toEqual([-1, true])
    expect(call('size')).toBe(5)
  })

  test('growth that works after a refused one → the note is gone', () => {
    const { call, isRefused } = instantiate(GROWER, 5)
    call('grow', 100)
    call('grow', 1)
    expect(isRefused()).toBe(false)
  })

  test('declared maximum below the limit → kept', () => {
    const { call } = instantiate(GROWER.replace('") 1)', '") 1 2)'), 5)
    expect([call('grow', 1), call('grow', 1)]).toEqual([1, -1])
  })

  test('module with globals and hundreds of functions → every index still means the same', () => {
    const functions = Array.from(
      { length: 300 },
      (_, index) => `(func $f${index} (result i32) (i32.const ${index}))`,
    )
    const { call, isRefused } = instantiate(
      `(module (type $int (func (result i32)))
        (global $g (mut i32) (i32.const 7)) (table 1 funcref) (elem (i32.const 0) $f250)
        (memory (export "memory") 1) (func (export "_start")) ${functions.join('\n')}
        (func (export "sum") (result i32)
          (global.set $g (i32.add (global.get $g) (i32.const 1)))
          (drop (memory.grow (i32.const 1)))
          (i32.add (global.get $g) (i32.add (call $f299) (call_indirect (type $int) (i32.const 0))))))`,
      1,
    )
    expect(call('sum')).toBe(8 + 299 + 250)
    expect(isRefused()).toBe(true)
  })

  test('the byte of memory.grow inside a constant → untouched', () => {
    const { call } = instantiate(
      `(module (memory (export "memory") 1) (func (export "_start"))
        (func (export "constant") (result i32) (drop (memory.grow (i32.const 0))) (i32.const 0x40004000)))`,
      1,
    )
    expect(call('constant')).toBe(0x40004000)
  })

  test('growth among branches, tables, vectors and exceptions → found', () => {
    const { call, isRefused } = instantiate(
      `(module (tag $t) (memory (export "memory") 1) (func (export "_start"))
        (func (export "run") (param i32) (result i32)
          (block $a (block $b (br_table $a $b $a (local.get 0))))
          (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
            (v128.const i64x2 64 64) (v128.load offset=64 (i32.const 0))))
          (drop (i64.trunc_sat_f64_s (f64.const 64)))
          (memory.fill (i32.const 64) (i32.const 64) (i32.const 64))
          (drop (select (result i32) (i32.const 64) (i32.const 1) (i32.const 0)))
          (try (do (throw $t)) (catch $t) (catch_all))
          (memory.grow (i32.const 9))))`,
      1,
    )
    expect([call('run', 0), isRefused()]).toEqual([-1, true])
  })
})

describe('skipInstruction', () => {
  test('two real programs of 300,000 instructions → every function read to its end', () => {
    const files = ['@electric-sql/pglite/dist/initdb.wasm', 'playwright-core/lib/webp_codec.wasm']
    for (const file of files) {
      const path = join(import.meta.dirname, '../../../../node_modules', file)
      const count = countInstructions(new Uint8Array(readFileSync(path)))
      expect(count).toBeGreaterThan(50_000)
    }
  })
})

const END = 0x0b

const countInstructions = (bytes: Uint8Array): number => {
  let count = 0
  for (const body of parseModule(bytes, MODULE_LIMITS).bodies) {
    const reader = new ByteReader(bytes, body.start, body.end)
    const groups = reader.u32()
    for (let index = 0; index < groups; index += 1) {
      reader.u32()
      reader.skip(1)
    }
    let last: number | null = null
    for (; !reader.isAtEnd; count += 1) {
      last = skipInstruction(reader)
      if (last === null) throw new Error(`An unknown instruction stands before ${reader.offset}.`)
    }
    expect(last).toBe(END)
  }
  return count
}
