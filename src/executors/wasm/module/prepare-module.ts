import { guardMemory } from './memory-guard.ts'
import type { ModuleLimits } from './module-limits.ts'
import type { ModuleOutline } from './module-outline.ts'
import { parseModule } from './module-parser.ts'
import { checkRules } from './module-rules.ts'

/** Parses and judges a module; throws `ModuleRefusal` with the reason it is refused for. */
export const acceptModule = (bytes: Uint8Array, limits: ModuleLimits): ModuleOutline => {
  const outline = parseModule(bytes, limits)
  checkRules(outline, limits)
  return outline
}

/** The module as it will be compiled: accepted, and held to `pagesMax` pages of memory. */
export const prepareModule = (
  bytes: Uint8Array,
  limits: ModuleLimits,
  pagesMax: number,
): Uint8Array => guardMemory(bytes, acceptModule(bytes, limits), { ...limits, pagesMax })
