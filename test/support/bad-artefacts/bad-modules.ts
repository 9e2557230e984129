import { deflateRawSync, gzipSync } from 'node:zlib'
import { encodeU32 } from '../../../src/executors/wasm/module/byte-writer.ts'
import { wat } from '../../../src/executors/wasm/testing/wat.ts'
import {
  counted,
  cutWithin,
  HEADER,
  moduleOf,
  name,
  program,
  SECTIONS,
  sectionsWith,
  starting,
  type SectionName,
} from './module-bytes.ts'

/** Refused when it is uploaded: 422 for `binary`, with this code and a message that says this. */
export interface BadModule {
  title: string
  bytes: Uint8Array
  code: string
  says: string
}

const bad = (title: string, bytes: Uint8Array, code: string, says: string): BadModule => ({
  title,
  bytes,
  code: `module.${code}`,
  says,
})
const names = Object.keys(SECTIONS) as SectionName[]

/** A program that imports what is given, as text. */
const importing = (imported: string) =>
  wat(`(module ${imported} (memory (export "memory") 1) (func (export "_start")))`)

const DAMAGED: BadModule[] = [
  ...names.map((cut) =>
    bad(`cut in the middle of its ${cut} section`, cutWithin(cut), 'malformed', 'at byte'),
  ),
  // Custom sections have no entries; what globals, elements and data hold the compiler reads.
  ...names
    .filter((key) => !['custom', 'memory', 'dataCount', 'global', 'element', 'data'].includes(key))
    .map((key) => {
      const [first = 0, ...rest] = SECTIONS[key][1]
      const more = program({ [key]: [first + 1, ...rest] })
      return bad(`one entry too few in its ${key} section`, more, 'malformed', 'at byte')
    }),
  ...(['global', 'element', 'data'] as const).map((key) => {
    const [first = 0, ...rest] = SECTIONS[key][1]
    const more = program({ [key]: [first + 1, ...rest] })
    return bad(`one entry too few in its ${key} section`, more, 'invalid', 'ompil')
  }),
  bad('data segments that differ from their count', program({ dataCount: [2] }), 'invalid', 'data'),
  bad(
    'a custom section said to have 4 GiB',
    Uint8Array.from([...HEADER, 0, 0xff, 0xff, 0xff, 0xff, 0x0f]),
    'malformed',
    'at byte',
  ),
  bad(
    'invalid UTF-8 in the name of an export',
    program({ export: counted([[2, 0xc3, 0x28, 2, 0]]) }),
    'malformed',
    'UTF-8',
  ),
  bad(
    'two exports of one name',
    program({
      export: counted([
        [...name('memory'), 2, 0],
        [...name('_start'), 0, 1],
        [...name('_start'), 0, 2],
      ]),
    }),
    'invalid',
    'Duplicate export',
  ),
  bad('an addition of nothing', starting([0, 0x6a, 0x0b]), 'invalid', 'not enough arguments'),
  bad('a jump out of everything', starting([0, 0x0c, 9, 0x0b]), 'invalid', 'branch depth'),
  bad(
    'four billion places to jump to',
    starting([0, 0x41, 0, 0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b]),
    'invalid',
    'invalid table count',
  ),
  bad(
    'a hundred thousand blocks that never close',
    starting([0, ...Array.from({ length: 100_000 }, () => [0x02, 0x40]).flat(), 0x0b]),
    'invalid',
    'ompil',
  ),
  bad(
    'a body behind the end of the file',
    moduleOf([...sectionsWith({})], HEADER).slice(0, -30),
    'malformed',
    'at byte',
  ),
]

const STRANGE: BadModule[] = [
  bad('nothing', new Uint8Array(), 'not_wasm', 'it is empty'),
  bad('another magic number', program().with(3, 0x6e), 'not_wasm', 'does not begin with'),
  bad('version 2', program().with(4, 2), 'malformed', 'version is not 1'),
  bad('a component', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), 'component', 'core module'),
  bad('a module in text form', Buffer.from('(module (func))'), 'not_wasm', 'not WebAssembly'),
  bad('an ELF program', Buffer.from('\u007fELF\u0002\u0001\u0001\0', 'latin1'), 'not_wasm', 'not'),
  bad('a Mach-O program', Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 7), 'not_wasm', 'not WebAssembly'),
  bad('a Windows program', Buffer.from('MZ\u0090\0', 'latin1'), 'not_wasm', 'not WebAssembly'),
  bad('a class of Java', Uint8Array.of(0xca, 0xfe, 0xba, 0xbe), 'not_wasm', 'not WebAssembly'),
  bad('a shell script', Buffer.from('#!/bin/sh\nrm -rf /\n'), 'not_wasm', 'not WebAssembly'),
  bad('a page of HTML', Buffer.from('<!doctype html><script>1</script>'), 'not_wasm', 'not'),
  bad(
    'a zip of a module',
    Buffer.concat([ZIP_HEADER(), deflateRawSync(program())]),
    'not_wasm',
    'not',
  ),
  bad('a module packed by gzip', gzipSync(program()), 'not_wasm', 'not WebAssembly'),
  bad(
    'a script with a module behind it',
    Buffer.concat([Buffer.from('#!/bin/sh\nexit\n'), program()]),
    'not_wasm',
    'not WebAssembly',
  ),
  bad(
    'a module with a zip behind it',
    Buffer.concat([program(), ZIP_HEADER(), Buffer.alloc(40)]),
    'malformed',
    'at byte',
  ),
  bad(
    'a module with a page of HTML behind it',
    Buffer.concat([program(), Buffer.from('<script>alert(1)</script>')]),
    'malformed',
    'at byte',
  ),
  bad('two modules in one file', Buffer.concat([program(), program()]), 'malformed', 'at byte'),
]

function ZIP_HEADER(): Buffer {
  return Buffer.from('PK\u0003\u0004', 'latin1')
}

const ASKING: BadModule[] = [
  bad('a header and nothing else', moduleOf([]), 'no_memory', 'export it as "memory"'),
  bad('no code at all', program({ function: null, code: null }), 'wrong_start', '_start'),
  bad(
    'memory that is kept to itself',
    program({ export: counted([[...name('_start'), 0, 1]]) }),
    'no_memory',
    'export it as "memory"',
  ),
  bad(
    'no _start',
    program({ export: counted([[...name('memory'), 2, 0]]) }),
    'no_start',
    'library (reactor)',
  ),
  bad(
    'a _start that is imported',
    program({
      export: counted([
        [...name('memory'), 2, 0],
        [...name('_start'), 0, 0],
      ]),
    }),
    'wrong_start',
    'of the module',
  ),
  bad(
    'a start section that never ends',
    wat(`(module (memory (export "memory") 1) (func $f (loop (br 0))) (func (export "_start"))
      (start $f))`),
    'start_section',
    'start section',
  ),
  bad(
    'a function of its host',
    importing('(import "env" "system" (func))'),
    'unknown_imports',
    '"env.system"',
  ),
  bad(
    'a function that WASI has not',
    importing('(import "wasi_snapshot_preview1" "proc_exec" (func))'),
    'unknown_imports',
    'proc_exec',
  ),
  bad(
    'sockets of another run time',
    importing(
      '(import "wasi_snapshot_preview1" "sock_open" (func (param i32 i32 i32) (result i32)))',
    ),
    'unknown_imports',
    'sock_open',
  ),
  bad(
    'threads of WASI',
    importing('(import "wasi" "thread-spawn" (func (param i32) (result i32)))'),
    'unknown_imports',
    'thread-spawn',
  ),
  bad(
    'WASI of an early snapshot',
    importing('(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))'),
    'unknown_imports',
    'rebuild it for preview 1',
  ),
  bad(
    'WASI under a name that looks like it',
    importing(
      '(import "wasi_snapshot_previewl" "fd_write" (func (param i32 i32 i32 i32) (result i32)))',
    ),
    'unknown_imports',
    'previewl',
  ),
  bad(
    'a call with a parameter more',
    importing(
      '(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32 i32) (result i32)))',
    ),
    'wrong_import_type',
    'random_get',
  ),
  bad(
    'a memory of its host',
    importing('(import "env" "memory" (memory 1))').slice(),
    'imported_memory',
    'define and export',
  ),
  bad(
    'a table of its host',
    importing('(import "env" "t" (table 1 funcref))'),
    'imported_table',
    'Only functions',
  ),
  bad(
    'a global of its host',
    importing('(import "env" "g" (global i32))'),
    'imported_global',
    'Only functions',
  ),
  bad(
    'shared memory',
    wat('(module (memory (export "memory") 1 2 shared) (func (export "_start")))'),
    'shared_memory',
    'without threads',
  ),
  bad(
    '64-bit memory',
    wat('(module (memory (export "memory") i64 1) (func (export "_start")))'),
    'memory64',
    '32-bit target',
  ),
  bad(
    'two memories',
    program({
      memory: counted([
        [0, 1],
        [0, 1],
      ]),
    }),
    'multiple_memories',
    'works on one',
  ),
  bad(
    '4 GiB of memory at its start',
    program({ memory: counted([[0, ...encodeU32(65_536)]]) }),
    'memory_too_large',
    '65536 pages',
  ),
  bad(
    'a table of a hundred million',
    program({ table: counted([[0x70, 0, ...encodeU32(100_000_000)]]) }),
    'table_too_large',
    '100000000',
  ),
  bad(
    'types of a garbage collector',
    program({ type: counted([[0x5f, 0]]) }),
    'unsupported_feature',
    'garbage-collected',
  ),
]

const FLOODS: BadModule[] = [
  ...(
    [
      ['type', 'types'],
      ['import', 'imports'],
      ['function', 'functions'],
      ['table', 'tables'],
      ['global', 'globals'],
      ['export', 'exports'],
      ['element', 'element segments'],
      ['code', 'function bodies'],
      ['data', 'data segments'],
    ] as const
  ).map(([key, what]) =>
    bad(
      `four billion ${what}, it says`,
      program({ [key]: [0xff, 0xff, 0xff, 0xff, 0x0f] }),
      'too_complex',
      `4294967295 ${what}`,
    ),
  ),
  bad(
    'four billion local variables in seven bytes',
    starting([1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b]),
    'too_complex',
    'takes too long to compile',
  ),
  bad(
    'a thousand custom sections too many',
    moduleOf([
      ...Array.from({ length: 2_000 }, () => [0, name('x')] as const),
      ...sectionsWith({}),
    ]),
    'too_complex',
    'custom sections',
  ),
]

export const BAD_MODULES: readonly BadModule[] = [...DAMAGED, ...STRANGE, ...ASKING, ...FLOODS]
