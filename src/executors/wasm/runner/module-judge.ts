import type { Inspection, ModuleReport } from '#features/agents/module-inspector.ts'
import { guardMemory } from '../module/memory-guard.ts'
import type { ModuleOutline } from '../module/module-outline.ts'
import { ModuleRefusal } from '../module/module-refusal.ts'
import { acceptModule } from '../module/prepare-module.ts'
import { compileInTime, limitsOf, type CompilerSettings } from './module-compiler.ts'

export interface Judgement {
  inspection: Inspection
  /** The compiler is still at work and cannot be interrupted. */
  isStuck: boolean
}

/** Decides whether a module may be published. Never rejects for bad bytes. */
export const judgeModule = async (
  bytes: Uint8Array,
  settings: CompilerSettings,
): Promise<Judgement> => {
  try {
    const limits = limitsOf(settings)
    const outline = acceptModule(bytes, limits)
    // What every execution does before it compiles must work for this module.
    guardMemory(bytes, outline, { ...limits, pagesMax: limits.memoryPagesMax })
    const compilation = await compileInTime(bytes, settings)
    if (compilation.isCompiled) return accepted(reportOf(outline))
    return {
      inspection: { isAccepted: false, code: 'module.invalid', reason: compilation.error },
      isStuck: compilation.outcome === 'stuck',
    }
  } catch (error) {
    if (!(error instanceof ModuleRefusal)) throw error
    const { code, reason } = error
    return { inspection: { isAccepted: false, code, reason }, isStuck: false }
  }
}

const accepted = (report: ModuleReport): Judgement => ({
  inspection: { isAccepted: true, report },
  isStuck: false,
})

const reportOf = (outline: ModuleOutline): ModuleReport => {
  const memory = outline.memories[0]
  return {
    imports: [...new Set(outline.imports.map((entry) => `${entry.module}.${entry.name}`))].sort(),
    memoryPagesMin: memory?.min ?? 0,
    memoryPagesMax: memory?.max ?? null,
  }
}
