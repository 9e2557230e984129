import { ByteReader } from './byte-reader.ts'
import type { ModuleLimits } from './module-limits.ts'
import { SECTION, type ModuleOutline } from './module-outline.ts'
import { demandAtMost, malformed, ModuleRefusal } from './module-refusal.ts'
import { readSection } from './section-readers.ts'

/** The order that the core specification (section 5.5.2) demands; custom sections stand anywhere. */
const SECTION_ORDER: readonly number[] = [
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.tag,
  SECTION.global,
  SECTION.export,
  SECTION.start,
  SECTION.element,
  SECTION.dataCount,
  SECTION.code,
  SECTION.data,
]

const HEADER_BYTES = 8
const VERSION = 1

/**
 * Reads a module's declarations in one pass. Its time is linear in the size of the file and its
 * memory is bounded by `limits`; it throws {@link ModuleRefusal} for everything it cannot accept.
 * Code and initial values are stepped over: the runner's compiler judges them.
 */
export const parseModule = (bytes: Uint8Array, limits: ModuleLimits): ModuleOutline => {
  checkHeader(bytes, limits)
  const reader = new ByteReader(bytes, HEADER_BYTES)
  const outline = emptyOutline()
  let position = -1
  while (!reader.isAtEnd) {
    const start = reader.offset
    const id = reader.byte()
    const size = reader.u32()
    const section = { id, start, contentStart: reader.offset, end: reader.offset + size }
    reader.skip(size)
    outline.sections.push(section)
    if (id === SECTION.custom) {
      outline.customSectionCount += 1
      demandAtMost(outline.customSectionCount, 'custom sections', limits.customSectionsMax)
      continue
    }
    const place = SECTION_ORDER.indexOf(id)
    if (place === -1) throw malformed(start, `section ${id} is unknown`)
    if (place <= position) throw malformed(start, `section ${id} is repeated or out of order`)
    position = place
    readSection(new ByteReader(bytes, section.contentStart, section.end), id, { outline, limits })
  }
  if (outline.functionTypes.length !== outline.bodies.length) {
    throw malformed(bytes.length, 'declared functions and function bodies differ in number')
  }
  return outline
}

const emptyOutline = (): ModuleOutline => ({
  sections: [],
  types: [],
  imports: [],
  functionTypes: [],
  tables: [],
  memories: [],
  globalCount: 0,
  exports: [],
  hasStartFunction: false,
  customSectionCount: 0,
  typeValueCount: 0,
  localGroupCount: 0,
  bodies: [],
})

const checkHeader = (bytes: Uint8Array, limits: ModuleLimits): void => {
  if (bytes.length > limits.moduleBytesMax) {
    throw new ModuleRefusal(
      'module.too_large',
      `The module has ${bytes.length} bytes; the limit is ${limits.moduleBytesMax}.`,
    )
  }
  const isWasm = bytes[0] === 0x00 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d
  if (!isWasm) {
    throw new ModuleRefusal(
      'module.not_wasm',
      'The file is not WebAssembly: it does not begin with the bytes 00 61 73 6D.',
    )
  }
  if (bytes.length < HEADER_BYTES) throw malformed(bytes.length, 'it ends too early')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const layer = view.getUint16(6, true)
  if (layer === 1) {
    throw new ModuleRefusal(
      'module.component',
      'The file is a component, not a core module. Build for WASI preview 1 (target wasm32-wasip1).',
    )
  }
  if (view.getUint32(4, true) !== VERSION) throw malformed(4, 'its version is not 1')
}
