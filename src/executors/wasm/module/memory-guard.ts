import { ByteReader } from './byte-reader.ts'
import { ByteWriter, encodeU32 } from './byte-writer.ts'
import { MEMORY_GROW, skipInstruction } from './instruction-reader.ts'
import {
  functionImportCount,
  SECTION,
  type FunctionBody,
  type ModuleOutline,
  type Section,
} from './module-outline.ts'
import { demandAtMost } from './module-refusal.ts'

/** The exported global that is 1 after the module's latest attempt to grow its memory was refused. */
export const GROWTH_REFUSED = 'cadre:memory_growth_refused'

/**
 * Rewrites a module so that its memory ends exactly at `pagesMax` and so that a refused growth is
 * visible from outside: the declared maximum is lowered, and every `memory.grow` becomes a call
 * of one appended function that grows the memory and notes the result in {@link GROWTH_REFUSED}.
 * Appending keeps every existing index. The module must have passed the rules.
 */
export const guardMemory = (
  bytes: Uint8Array,
  outline: ModuleOutline,
  limits: { pagesMax: number; growthPlacesMax: number },
): Uint8Array => {
  const growFunction = functionImportCount(outline) + outline.functionTypes.length
  const writer = new ByteWriter().bytes(bytes.subarray(0, outline.sections[0]?.start ?? 8))
  const rewrite = rewriters(bytes, outline, { growFunction, ...limits })
  const hasGlobals = outline.sections.some((section) => section.id === SECTION.global)
  for (const section of outline.sections) {
    if (section.id === SECTION.export && !hasGlobals) {
      writer.bytes([SECTION.global]).sized(Uint8Array.from([1, ...REFUSED_GLOBAL]))
    }
    const content = rewrite.get(section.id)?.(section)
    if (content === undefined) writer.bytes(bytes.subarray(section.start, section.end))
    else writer.bytes([section.id]).sized(content)
  }
  return writer.finish()
}

interface Additions {
  growFunction: number
  pagesMax: number
  growthPlacesMax: number
}

/** `(mut i32) (i32.const 0)` */
const REFUSED_GLOBAL = [0x7f, 0x01, 0x41, 0x00, 0x0b]
/** `(func (param i32) (result i32))` */
const GROW_TYPE = [0x60, 0x01, 0x7f, 0x01, 0x7f]

const rewriters = (bytes: Uint8Array, outline: ModuleOutline, additions: Additions) => {
  const append = (count: number, entry: readonly number[]) => (section: Section) => {
    const reader = new ByteReader(bytes, section.contentStart, section.end)
    reader.u32()
    return new ByteWriter()
      .u32(count + 1)
      .bytes(bytes.subarray(reader.offset, section.end))
      .bytes(entry)
      .finish()
  }
  const exported = new TextEncoder().encode(GROWTH_REFUSED)
  const exportEntry = [exported.length, ...exported, 0x03, ...encodeU32(outline.globalCount)]
  return new Map<number, (section: Section) => Uint8Array>([
    [SECTION.type, append(outline.types.length, GROW_TYPE)],
    [SECTION.function, append(outline.functionTypes.length, encodeU32(outline.types.length))],
    [SECTION.memory, () => limitedMemory(outline, additions.pagesMax)],
    [SECTION.global, append(outline.globalCount, REFUSED_GLOBAL)],
    [SECTION.export, append(outline.exports.length, exportEntry)],
    [SECTION.code, () => guardedCode(bytes, outline, additions)],
  ])
}

const limitedMemory = (outline: ModuleOutline, pagesMax: number): Uint8Array => {
  const memory = outline.memories[0] ?? { min: 0, max: null }
  const max = Math.min(memory.max ?? pagesMax, pagesMax)
  return new ByteWriter().bytes([1, 0x01]).u32(memory.min).u32(max).finish()
}

const guardedCode = (
  bytes: Uint8Array,
  outline: ModuleOutline,
  { growFunction, growthPlacesMax }: Additions,
): Uint8Array => {
  const code = new ByteWriter().u32(outline.bodies.length + 1)
  let placeCount = 0
  for (const body of outline.bodies) {
    const places = growthPlaces(bytes, body)
    placeCount += places.length
    demandAtMost(placeCount, 'places that grow the memory', growthPlacesMax)
    if (places.length === 0) code.sized(bytes.subarray(body.start, body.end))
    else code.sized(withCalls(bytes, body, { places, growFunction }))
  }
  return code.sized(growBody(outline.globalCount)).finish()
}

/** Grows by the argument, notes whether that was refused, answers the old size or -1. */
const growBody = (refusedGlobal: number): Uint8Array =>
  new ByteWriter()
    .bytes([0x01, 0x01, 0x7f]) // one local, i32
    .bytes([0x20, 0x00, MEMORY_GROW, 0x00]) // local.get 0; memory.grow
    .bytes([0x22, 0x01, 0x41, 0x7f, 0x46]) // local.tee 1; i32.const -1; i32.eq
    .bytes([0x24, ...encodeU32(refusedGlobal)]) // global.set
    .bytes([0x20, 0x01, 0x0b]) // local.get 1; end
    .finish()

const withCalls = (
  bytes: Uint8Array,
  body: FunctionBody,
  edit: { places: readonly Place[]; growFunction: number },
): Uint8Array => {
  const call = [0x10, ...encodeU32(edit.growFunction)]
  const writer = new ByteWriter()
  let copied = body.start
  for (const place of edit.places) {
    writer.bytes(bytes.subarray(copied, place.start)).bytes(call)
    copied = place.end
  }
  return writer.bytes(bytes.subarray(copied, body.end)).finish()
}

interface Place {
  start: number
  end: number
}

/**
 * Where a function grows the memory. A body with an instruction that the reader does not know is
 * left alone: the compiler decides whether it is valid, and the limit itself holds without the note.
 */
const growthPlaces = (bytes: Uint8Array, body: FunctionBody): readonly Place[] => {
  if (!bytes.subarray(body.start, body.end).includes(MEMORY_GROW)) return []
  try {
    return findGrowth(codeReader(bytes, body))
  } catch {
    return []
  }
}

const codeReader = (bytes: Uint8Array, body: FunctionBody): ByteReader => {
  const reader = new ByteReader(bytes, body.start, body.end)
  const groups = reader.u32()
  for (let index = 0; index < groups; index += 1) {
    reader.u32()
    reader.skip(1)
  }
  return reader
}

const findGrowth = (reader: ByteReader): readonly Place[] => {
  const places: Place[] = []
  while (!reader.isAtEnd) {
    const start = reader.offset
    const opcode = skipInstruction(reader)
    if (opcode === null) return []
    if (opcode === MEMORY_GROW) places.push({ start, end: reader.offset })
  }
  return places
}
