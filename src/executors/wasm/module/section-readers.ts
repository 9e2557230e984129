import type { ByteReader } from './byte-reader.ts'
import type { ModuleLimits } from './module-limits.ts'
import { SECTION, type ExternalKind, type ModuleOutline, type SizeRange } from './module-outline.ts'
import { demandAtMost, malformed, ModuleRefusal, unsupported } from './module-refusal.ts'

interface Context {
  outline: ModuleOutline
  limits: ModuleLimits
}

const EXTERNAL_KINDS: readonly ExternalKind[] = ['function', 'table', 'memory', 'global', 'tag']
const PARAMETERS_MAX = 1_000
const FUNCTION_TYPE = 0x60
const TABLE_WITH_INITIAL_VALUE = 0x40

/** Reads one section's declarations into the outline. */
export const readSection = (reader: ByteReader, id: number, context: Context): void => {
  const { outline, limits } = context
  const count = (what: string, max: number) => countOf(reader, what, max)
  const each = (total: number, read: () => void) => {
    for (let index = 0; index < total; index += 1) read()
    if (!reader.isAtEnd) throw malformed(reader.offset, `section ${id} is longer than its content`)
  }
  switch (id) {
    case SECTION.type:
      return each(count('types', limits.typesMax), () => readType(reader, context))
    case SECTION.import:
      return each(count('imports', limits.importsMax), () => readImport(reader, outline))
    case SECTION.function:
      return each(count('functions', limits.functionsMax), () => {
        outline.functionTypes.push(reader.u32())
      })
    case SECTION.table:
      return each(count('tables', limits.tablesMax), () => outline.tables.push(readTable(reader)))
    case SECTION.memory:
      return each(memoryCountOf(reader), () => outline.memories.push(readLimits(reader, 'memory')))
    case SECTION.export:
      return each(count('exports', limits.exportsMax), () => readExport(reader, outline))
    case SECTION.code:
      return each(count('function bodies', limits.functionsMax), () => readBody(reader, context))
    // Their entries hold initial values, which only a compiler needs to read.
    case SECTION.global:
      outline.globalCount = count('globals', limits.globalsMax)
      return
    case SECTION.element:
      count('element segments', limits.elementSegmentsMax)
      return
    case SECTION.data:
    case SECTION.dataCount:
      count('data segments', limits.dataSegmentsMax)
      return
    case SECTION.start:
      outline.hasStartFunction = true
      return
  }
}

const countOf = (reader: ByteReader, what: string, max: number): number => {
  const count = reader.u32()
  demandAtMost(count, what, max)
  return count
}

const readType = (reader: ByteReader, { outline, limits }: Context): void => {
  if (reader.byte() !== FUNCTION_TYPE) {
    throw unsupported(
      'garbage-collected or recursive types',
      'Their memory cannot be limited exactly; build for a target that uses linear memory.',
    )
  }
  const type = { parameters: readValues(reader), results: readValues(reader) }
  outline.typeValueCount += type.parameters.length + type.results.length
  demandAtMost(outline.typeValueCount, 'values in function types', limits.typeValuesMax)
  outline.types.push(type)
}

const readValues = (reader: ByteReader): string => {
  const count = countOf(reader, 'values in one function type', PARAMETERS_MAX)
  let values = ''
  for (let index = 0; index < count; index += 1) values += readValueType(reader)
  return values
}

const VALUE_TYPES = new Map([
  [0x7f, 'i'],
  [0x7e, 'I'],
  [0x7d, 'f'],
  [0x7c, 'F'],
  [0x7b, 'v'],
  [0x70, 'r'],
  [0x6f, 'r'],
  [0x69, 'r'],
])

export const readValueType = (reader: ByteReader): string => {
  const start = reader.offset
  const code = reader.byte()
  const letter = VALUE_TYPES.get(code)
  if (letter !== undefined) return letter
  if (code >= 0x63 && code <= 0x74) {
    throw unsupported('typed references', 'Only funcref, externref and exnref are supported.')
  }
  throw malformed(start, `0x${code.toString(16)} is not a value type`)
}

const readImport = (reader: ByteReader, outline: ModuleOutline): void => {
  const module = reader.name()
  const name = reader.name()
  const kind = readKind(reader)
  if (kind !== 'function') throw importedThing(kind, `${module}.${name}`)
  outline.imports.push({ module, name, kind, typeIndex: reader.u32() })
}

const importedThing = (kind: ExternalKind, name: string): ModuleRefusal =>
  new ModuleRefusal(
    `module.imported_${kind}`,
    `The module imports the ${kind} ${JSON.stringify(name.slice(0, 100))}. Only functions of WASI preview 1 may be imported${kind === 'memory' ? '; define and export the memory instead' : ''}.`,
  )

const readKind = (reader: ByteReader): ExternalKind => {
  const start = reader.offset
  const kind = EXTERNAL_KINDS[reader.byte()]
  if (kind === undefined) throw malformed(start, 'an import or export is of unknown kind')
  return kind
}

const readExport = (reader: ByteReader, outline: ModuleOutline): void => {
  outline.exports.push({ name: reader.name(), kind: readKind(reader), index: reader.u32() })
}

const readTable = (reader: ByteReader): SizeRange => {
  if (reader.bytes[reader.offset] === TABLE_WITH_INITIAL_VALUE) {
    throw unsupported('a table with an initial value', 'Fill the table from element segments.')
  }
  readValueType(reader)
  return readLimits(reader, 'table')
}

const memoryCountOf = (reader: ByteReader): number => {
  const count = reader.u32()
  if (count <= 1) return count
  throw new ModuleRefusal(
    'module.multiple_memories',
    `The module has ${count} memories. WASI preview 1 works on one.`,
  )
}

const LIMITS_HAS_MAX = 0x01
const LIMITS_IS_SHARED = 0x02
const LIMITS_IS_64_BIT = 0x04

const readLimits = (reader: ByteReader, what: 'table' | 'memory'): SizeRange => {
  const start = reader.offset
  const flags = reader.byte()
  if (flags > 7) throw malformed(start, `the limits of a ${what} are of unknown kind`)
  if ((flags & LIMITS_IS_64_BIT) !== 0) {
    throw new ModuleRefusal(
      'module.memory64',
      `The module has a 64-bit ${what}. Build for a 32-bit target such as wasm32-wasip1.`,
    )
  }
  if ((flags & LIMITS_IS_SHARED) !== 0) {
    throw new ModuleRefusal(
      'module.shared_memory',
      `The module has a shared ${what}. Build without threads.`,
    )
  }
  const min = reader.u32()
  const max = (flags & LIMITS_HAS_MAX) !== 0 ? reader.u32() : null
  if (max !== null && max < min) throw malformed(start, `a ${what} has a maximum below its minimum`)
  return { min, max }
}

const readBody = (reader: ByteReader, { outline, limits }: Context): void => {
  const size = reader.u32()
  const start = reader.offset
  const groups = reader.u32()
  outline.localGroupCount += groups
  demandAtMost(outline.localGroupCount, 'groups of local variables', limits.localGroupsMax)
  let localCount = 0
  for (let index = 0; index < groups; index += 1) {
    localCount += reader.u32()
    readValueType(reader)
  }
  const end = start + size
  if (end < reader.offset) throw malformed(start, 'a function body is shorter than its locals')
  reader.skip(end - reader.offset)
  outline.bodies.push({ start, end, localCount })
}
