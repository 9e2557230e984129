/** What the parser keeps of a module: declarations and places, never code. */
export interface ModuleOutline {
  sections: Section[]
  types: FunctionType[]
  imports: Import[]
  /** The type index of each function the module defines. */
  functionTypes: number[]
  tables: SizeRange[]
  memories: SizeRange[]
  globalCount: number
  exports: Export[]
  hasStartFunction: boolean
  customSectionCount: number
  typeValueCount: number
  localGroupCount: number
  bodies: FunctionBody[]
}

/** Byte offsets: of the section's id, of its content, and past its content. */
export interface Section {
  id: number
  start: number
  contentStart: number
  end: number
}

/** One letter per value: i32 `i`, i64 `I`, f32 `f`, f64 `F`, v128 `v`, a reference `r`. */
export interface FunctionType {
  parameters: string
  results: string
}

export type ExternalKind = 'function' | 'table' | 'memory' | 'global' | 'tag'

export interface Import {
  module: string
  name: string
  kind: ExternalKind
  /** Of a function; null for everything else. */
  typeIndex: number | null
}

export interface Export {
  name: string
  kind: ExternalKind
  index: number
}

/** Elements of a table, or pages of a memory. */
export interface SizeRange {
  min: number
  max: number | null
}

export interface FunctionBody {
  /** Of the body's own first byte, past its size. */
  start: number
  end: number
  localCount: number
}

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const

export const functionImportCount = (outline: ModuleOutline): number =>
  outline.imports.filter((entry) => entry.kind === 'function').length
