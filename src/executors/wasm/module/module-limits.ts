export const PAGE_BYTES = 65_536

/**
 * What a module may declare. They bound the time and memory that parsing and compiling a hostile
 * module can take, and leave room for the largest programs in practice (Go and C interpreters).
 */
export interface ModuleLimits {
  /** Size of the file, in bytes. */
  moduleBytesMax: number
  /** Linear memory that the module may ask for at its start, in pages of 64 KiB. */
  memoryPagesMax: number
  /** Custom sections, which hold names and debug information. */
  customSectionsMax: number
  typesMax: number
  /** Parameters and results of all function types together. */
  typeValuesMax: number
  importsMax: number
  functionsMax: number
  exportsMax: number
  globalsMax: number
  tablesMax: number
  /** Elements of one table at the start. The runner refuses growth beyond it too. */
  tableElementsMax: number
  elementSegmentsMax: number
  dataSegmentsMax: number
  /** Declared local variables of one function. */
  functionLocalsMax: number
  /** Declared local variables of all functions together. */
  localsMax: number
  /** Groups in which all functions together declare their local variables. */
  localGroupsMax: number
  /** Body bytes times locals of one function: what the baseline compiler's time grows with. */
  functionComplexityMax: number
  /** Places that grow the memory. */
  growthPlacesMax: number
}

export const MODULE_LIMITS: ModuleLimits = {
  moduleBytesMax: 32 * 1024 * 1024,
  memoryPagesMax: 4_096,
  customSectionsMax: 1_000,
  typesMax: 20_000,
  typeValuesMax: 200_000,
  importsMax: 1_000,
  functionsMax: 200_000,
  exportsMax: 10_000,
  globalsMax: 20_000,
  tablesMax: 16,
  tableElementsMax: 200_000,
  elementSegmentsMax: 20_000,
  dataSegmentsMax: 50_000,
  functionLocalsMax: 20_000,
  localsMax: 5_000_000,
  localGroupsMax: 1_000_000,
  functionComplexityMax: 100_000_000,
  growthPlacesMax: 10_000,
}
