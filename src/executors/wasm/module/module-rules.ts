import type { ModuleLimits } from './module-limits.ts'
import { functionImportCount, type Import, type ModuleOutline } from './module-outline.ts'
import { malformed, ModuleRefusal } from './module-refusal.ts'
import { isWasiName, WASI_MODULE, WASI_PARAMETERS, wasiResult } from './wasi-signatures.ts'

const NAMES_SHOWN_MAX = 20
const NAME_SHOWN_LENGTH = 80

/** Throws {@link ModuleRefusal} unless the module is a WASI preview 1 command within `limits`. */
export const checkRules = (outline: ModuleOutline, limits: ModuleLimits): void => {
  checkImports(outline)
  checkMemory(outline, limits)
  checkTables(outline, limits)
  checkEntry(outline)
  checkBodies(outline, limits)
}

const checkImports = (outline: ModuleOutline): void => {
  const strangers = outline.imports.filter((entry) => !isKnown(entry))
  if (strangers.length > 0) {
    const isPreview0 = strangers.some((entry) => entry.module === 'wasi_unstable')
    throw new ModuleRefusal(
      'module.unknown_imports',
      `The module imports functions that Cadre does not offer: ${listNames(strangers)}. ` +
        (isPreview0
          ? 'It was built for an early snapshot of WASI; rebuild it for preview 1.'
          : `Only functions of ${WASI_MODULE} may be imported.`),
    )
  }
  const mistyped = outline.imports.filter((entry) => !hasRightType(entry, outline))
  if (mistyped.length > 0) {
    throw new ModuleRefusal(
      'module.wrong_import_type',
      `The module imports WASI functions with types that differ from preview 1: ${listNames(mistyped)}.`,
    )
  }
}

const isKnown = (entry: Import): boolean => entry.module === WASI_MODULE && isWasiName(entry.name)

const hasRightType = (entry: Import, outline: ModuleOutline): boolean => {
  const type = outline.types[entry.typeIndex ?? -1]
  if (type === undefined || !isWasiName(entry.name)) return false
  return type.parameters === WASI_PARAMETERS[entry.name] && type.results === wasiResult(entry.name)
}

const listNames = (entries: readonly Import[]): string => {
  const names = [...new Set(entries.map((entry) => `${entry.module}.${entry.name}`))]
  const shown = names
    .slice(0, NAMES_SHOWN_MAX)
    .map((name) => JSON.stringify(name.slice(0, NAME_SHOWN_LENGTH)))
  const rest = names.length - shown.length
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

const checkMemory = (outline: ModuleOutline, limits: ModuleLimits): void => {
  const memory = outline.memories[0]
  const isExported = outline.exports.some(
    (entry) => entry.kind === 'memory' && entry.name === 'memory' && entry.index === 0,
  )
  if (memory === undefined || !isExported) {
    throw new ModuleRefusal(
      'module.no_memory',
      'The module does not define a memory and export it as "memory", as WASI preview 1 demands.',
    )
  }
  if (memory.min > limits.memoryPagesMax) {
    throw new ModuleRefusal(
      'module.memory_too_large',
      `The module asks for ${memory.min} pages of memory at its start; the limit is ${limits.memoryPagesMax}.`,
    )
  }
}

const checkTables = (outline: ModuleOutline, limits: ModuleLimits): void => {
  const largest = Math.max(0, ...outline.tables.map((table) => table.min))
  if (largest > limits.tableElementsMax) {
    throw new ModuleRefusal(
      'module.table_too_large',
      `The module has a table of ${largest} elements; the limit is ${limits.tableElementsMax}.`,
    )
  }
}

/** A command begins at `_start`, once; code that runs earlier could call WASI before its memory exists. */
const checkEntry = (outline: ModuleOutline): void => {
  const entry = outline.exports.find(({ name }) => name === '_start')
  if (entry === undefined) {
    throw new ModuleRefusal(
      'module.no_start',
      'The module does not export "_start": it is a library (reactor), not a program. Build it as a WASI command.',
    )
  }
  const typeIndex = outline.functionTypes[entry.index - functionImportCount(outline)]
  const type = outline.types[typeIndex ?? -1]
  if (entry.kind !== 'function' || type === undefined || type.parameters + type.results !== '') {
    throw new ModuleRefusal(
      'module.wrong_start',
      'The export "_start" must be a function of the module without parameters and results.',
    )
  }
  if (outline.hasStartFunction) {
    throw new ModuleRefusal(
      'module.start_section',
      'The module has a start section. Its code must begin at the export "_start" alone.',
    )
  }
}

const checkBodies = (outline: ModuleOutline, limits: ModuleLimits): void => {
  let locals = 0
  for (const [index, body] of outline.bodies.entries()) {
    const type = outline.types[outline.functionTypes[index] ?? -1]
    if (type === undefined) throw malformed(body.start, 'a function is of unknown type')
    const own = body.localCount + type.parameters.length
    locals += own
    const isTooComplex =
      own > limits.functionLocalsMax ||
      locals > limits.localsMax ||
      own * (body.end - body.start) > limits.functionComplexityMax
    if (isTooComplex) {
      throw new ModuleRefusal(
        'module.too_complex',
        `Function ${index} of the module takes too long to compile: it has ${own} local variables and ${body.end - body.start} bytes of code (all functions together: ${locals} so far).`,
      )
    }
  }
}
