import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ECHO, MEMORY_HOG } from '../testing/sample-programs.ts'
import { command, wat } from '../testing/wat.ts'
import { ByteWriter } from './byte-writer.ts'
import { MODULE_LIMITS, type ModuleLimits } from './module-limits.ts'
import { ModuleRefusal } from './module-refusal.ts'
import { acceptModule, prepareModule } from './prepare-module.ts'

const refusal = (bytes: Uint8Array, limits: Partial<ModuleLimits> = {}): ModuleRefusal => {
  try {
    acceptModule(bytes, { ...MODULE_LIMITS, ...limits })
  } catch (error) {
    if (error instanceof ModuleRefusal) return error
    throw error
  }
  throw new Error('The module was accepted.')
}

/** A module of the given sections, each `[id, content]`. */
const sections = (...parts: [number, readonly number[]][]): Uint8Array => {
  const writer = new ByteWriter().bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  for (const [id, content] of parts) writer.bytes([id]).sized(Uint8Array.from(content))
  return writer.finish()
}

const TYPE: [number, number[]] = [1, [1, 0x60, 0, 0]]
const FUNCTION: [number, number[]] = [3, [1, 0]]
const MEMORY: [number, number[]] = [5, [1, 0, 1]]
const START = [6, ...Buffer.from('_start'), 0, 0]
const EXPORT: [number, number[]] = [7, [2, 6, ...Buffer.from('memory'), 2, 0, ...START]]
const CODE: [number, number[]] = [10, [1, 2, 0, 0x0b]]

describe('accepted', () => {
  test('command with memory and WASI imports → its declarations', () => {
    const outline = acceptModule(ECHO, MODULE_LIMITS)
    expect(outline.imports.map(({ name }) => name)).toEqual(['fd_read', 'fd_write'])
    expect(outline.memories).toEqual([{ min: 1, max: null }])
    expect(outline.bodies).toHaveLength(1)
  })

  test('smallest possible command', () => {
    expect(() =>
      acceptModule(sections(TYPE, FUNCTION, MEMORY, EXPORT, CODE), MODULE_LIMITS),
    ).not.toThrow()
  })

  test('custom sections anywhere', () => {
    const custom: [number, number[]] = [0, [1, 0x78, 9, 9]]
    const bytes = sections(custom, TYPE, custom, FUNCTION, MEMORY, EXPORT, CODE, custom)
    expect(() => acceptModule(bytes, MODULE_LIMITS)).not.toThrow()
  })
})

describe('refused with its reason', () => {
  test.each<[string, string, Uint8Array]>([
    ['empty file', 'module.not_wasm', new Uint8Array()],
    ['text', 'module.not_wasm', Buffer.from('hello, world')],
    ['header cut short', 'module.malformed', Uint8Array.of(0, 0x61, 0x73, 0x6d, 1)],
    ['version 2', 'module.malformed', Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0)],
    ['component', 'module.component', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)],
    ['number of six bytes', 'module.malformed', sections([1, [0x80, 0x80, 0x80, 0x80, 0x80, 0]])],
    ['number above 32 bits', 'module.malformed', sections([1, [0xff, 0xff, 0xff, 0xff, 0x1f]])],
    ['section twice', 'module.malformed', sections(TYPE, TYPE)],
    ['sections out of order', 'module.malformed', sections(FUNCTION, TYPE)],
    ['unknown section', 'module.malformed', sections([14, []])],
    ['section longer than its content', 'module.malformed', sections([1, [1, 0x60, 0, 0, 0]])],
    ['function without body', 'module.malformed', sections(TYPE, FUNCTION, MEMORY, EXPORT)],
    [
      'function of unknown type',
      'module.malformed',
      sections(TYPE, [3, [2, 0, 9]], MEMORY, EXPORT, [10, [2, 2, 0, 0x0b, 2, 0, 0x0b]]),
    ],
    ['garbage-collected type', 'module.unsupported_feature', sections([1, [1, 0x5f, 0]])],
    ['typed reference', 'module.unsupported_feature', sections([1, [1, 0x60, 1, 0x64, 0x70, 0]])],
    ['64-bit memory', 'module.memory64', wat('(module (memory i64 1))')],
    ['shared memory', 'module.shared_memory', wat('(module (memory 1 1 shared))')],
    ['two memories', 'module.multiple_memories', sections([5, [2, 0, 1, 0, 1]])],
    ['maximum below minimum', 'module.malformed', sections([5, [1, 1, 2, 1]])],
    [
      'imported memory',
      'module.imported_memory',
      wat('(module (import "env" "memory" (memory 1)))'),
    ],
    ['imported table', 'module.imported_table', wat('(module (import "e" "t" (table 1 funcref)))')],
    ['imported global', 'module.imported_global', wat('(module (import "e" "g" (global i32)))')],
    ['no memory', 'module.no_memory', wat('(module (func (export "_start")))')],
    [
      'memory under another name',
      'module.no_memory',
      wat('(module (memory (export "m") 1) (func (export "_start")))'),
    ],
    [
      'too much memory',
      'module.memory_too_large',
      wat('(module (memory (export "memory") 5000) (func (export "_start")))'),
    ],
    [
      'huge table',
      'module.table_too_large',
      wat('(module (table 1000000 funcref) (memory (export "memory") 1) (func (export "_start")))'),
    ],
    [
      'library without _start',
      'module.no_start',
      wat('(module (memory (export "memory") 1) (func (export "run")))'),
    ],
    [
      '_start with a parameter',
      'module.wrong_start',
      wat('(module (memory (export "memory") 1) (func (export "_start") (param i32)))'),
    ],
    [
      '_start that is a global',
      'module.wrong_start',
      wat('(module (memory (export "memory") 1) (global (export "_start") i32 (i32.const 0)))'),
    ],
    [
      'start section',
      'module.start_section',
      wat('(module (memory (export "memory") 1) (func $f (export "_start")) (start $f))'),
    ],
    [
      'invalid UTF-8 in a name',
      'module.malformed',
      sections(TYPE, [2, [1, 1, 0xff, 1, 0x61, 0, 0]]),
    ],
  ])('%s → %s', (_name, code, bytes) => {
    const { code: actual, reason } = refusal(bytes)
    expect(actual).toBe(code)
    expect(reason).toMatch(/^The .+\.$/)
  })

  test('unknown imports → all of them listed', () => {
    const { code, reason } = refusal(
      wat(
        '(module (import "env" "abort" (func)) (import "wasi_snapshot_preview1" "fd_fly" (func)))',
      ),
    )
    expect(code).toBe('module.unknown_imports')
    expect(reason).toContain('"env.abort", "wasi_snapshot_preview1.fd_fly"')
  })

  test('early snapshot of WASI → says to rebuild', () => {
    const { reason } = refusal(wat('(module (import "wasi_unstable" "fd_write" (func)))'))
    expect(reason).toContain('rebuild it for preview 1')
  })

  test('WASI import with a wrong type → named', () => {
    const { code, reason } = refusal(
      wat('(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64))))'),
    )
    expect(code).toBe('module.wrong_import_type')
    expect(reason).toContain('proc_exit')
  })

  test('100,000 imports → refused by number, before they are read', () => {
    const entry = [1, 0x61, 1, 0x62, 0, 0]
    const content = [0xa0, 0x8d, 0x06, ...Array.from({ length: 100_000 }, () => entry).flat()]
    expect(refusal(sections(TYPE, [2, content])).reason).toContain('100000 imports')
  })

  test('larger than the limit → both numbers', () => {
    const { code, reason } = refusal(ECHO, { moduleBytesMax: 10 })
    expect(code).toBe('module.too_large')
    expect(reason).toContain(`${ECHO.length} bytes; the limit is 10`)
  })

  test('bomb of local variables in one function', () => {
    const locals = [1, 0x80, 0x80, 0x80, 0x80, 0x0f, 0x7f, 0x0b]
    const code: [number, number[]] = [10, [1, locals.length, ...locals]]
    expect(refusal(sections(TYPE, FUNCTION, MEMORY, EXPORT, code)).code).toBe('module.too_complex')
  })

  test('bomb of local variables over many functions', () => {
    const bodies = Array.from({ length: 100 }, () => `(func (local ${'i32 '.repeat(100)}))`)
    const bytes = wat(
      `(module (memory (export "memory") 1) (func (export "_start")) ${bodies.join('')})`,
    )
    expect(refusal(bytes, { localsMax: 9_999 }).code).toBe('module.too_complex')
  })

  test.each<[string, Partial<ModuleLimits>]>([
    ['empty custom sections', { customSectionsMax: 1 }],
    ['values in function types', { typeValuesMax: 2 }],
    ['groups of local variables', { localGroupsMax: 2 }],
    ['places that grow the memory', { growthPlacesMax: 1 }],
  ])('flood of %s → too complex', (_what, limits) => {
    const custom: [number, number[]] = [0, [1, 0x78]]
    const type: [number, number[]] = [1, [2, 0x60, 0, 0, 0x60, 3, 0x7f, 0x7f, 0x7f, 0]]
    const grow = [0x41, 0, 0x40, 0, 0x1a]
    const body = [3, 1, 0x7f, 1, 0x7e, 1, 0x7f, ...grow, ...grow, 0x0b]
    const code: [number, number[]] = [10, [1, body.length, ...body]]
    const bytes = sections(custom, custom, type, FUNCTION, MEMORY, EXPORT, code)
    expect(() => prepareModule(bytes, MODULE_LIMITS, 1)).not.toThrow()
    const strict = { ...MODULE_LIMITS, ...limits }
    expect(() => prepareModule(bytes, strict, 1)).toThrow(/or more; the limit is/)
  })

  test('long function with many local variables → too complex', () => {
    const bytes = command(`(local ${'i32 '.repeat(1_000)}) ${'(nop)'.repeat(1_000)}`)
    expect(refusal(bytes, { functionComplexityMax: 900_000 }).code).toBe('module.too_complex')
    expect(() => acceptModule(bytes, MODULE_LIMITS)).not.toThrow()
  })
})

describe('damaged modules', () => {
  /** Whatever the bytes are: accepted or refused, never another exception. */
  const judge = (bytes: Uint8Array): void => {
    try {
      acceptModule(bytes, MODULE_LIMITS)
    } catch (error) {
      expect(error).toBeInstanceOf(ModuleRefusal)
    }
  }

  test('cut at every byte → refused, except where the rest is optional', () => {
    for (let length = 0; length < ECHO.length; length += 1) judge(ECHO.subarray(0, length))
    expect(refusal(ECHO.subarray(0, ECHO.length - 1)).code).toBe('module.malformed')
  })

  test('every single bit flipped → no other exception', () => {
    for (let bit = 0; bit < MEMORY_HOG.length * 8; bit += 1) {
      const bytes = Uint8Array.from(MEMORY_HOG)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      judge(bytes)
    }
  })

  test('random bytes after a sound header → no other exception', () => {
    const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) =>
        judge(Uint8Array.from([...header, ...rest])),
      ),
      { numRuns: 2_000 },
    )
  })
})
