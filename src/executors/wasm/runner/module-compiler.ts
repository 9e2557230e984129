import { MODULE_LIMITS, type ModuleLimits } from '../module/module-limits.ts'
import { ModuleRefusal } from '../module/module-refusal.ts'
import { acceptModule } from '../module/prepare-module.ts'
import { guardMemory } from '../module/memory-guard.ts'

export type Compilation =
  | { isCompiled: true; module: WebAssembly.Module; bytes: number }
  | { isCompiled: false; outcome: 'invalid_module' | 'out_of_memory'; error: string }
  /** The compiler did not end in time and cannot be interrupted. */
  | { isCompiled: false; outcome: 'stuck'; error: string }

export interface CompilerSettings {
  moduleBytesMax: number
  memoryPagesMax: number
  compileTimeoutMs: number
}

/** Compiles a module that is held to `pagesMax` pages of memory. Never rejects. */
export const compileGuarded = async (
  bytes: Uint8Array,
  pagesMax: number,
  settings: CompilerSettings,
): Promise<Compilation> => {
  try {
    // The memory's own limit is told apart as `out_of_memory`, so the rules do not judge it here.
    const limits = { ...limitsOf(settings), memoryPagesMax: Number.POSITIVE_INFINITY }
    const outline = acceptModule(bytes, limits)
    const pagesMin = outline.memories[0]?.min ?? 0
    if (pagesMin > pagesMax) return tooMuchMemory(pagesMin, pagesMax)
    return await compileInTime(guardMemory(bytes, outline, { ...limits, pagesMax }), settings)
  } catch (error) {
    if (error instanceof ModuleRefusal) return invalid(error.reason)
    throw error
  }
}

/** Compiles a module as it is. */
export const compileInTime = async (
  bytes: Uint8Array,
  settings: CompilerSettings,
): Promise<Compilation> => {
  const late = Promise.withResolvers<Compilation>()
  const error = `Compiling the module takes longer than ${settings.compileTimeoutMs} ms.`
  const timer = setTimeout(
    () => late.resolve({ isCompiled: false, outcome: 'stuck', error }),
    settings.compileTimeoutMs,
  )
  try {
    return await Promise.race([compile(bytes), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

const compile = async (bytes: Uint8Array): Promise<Compilation> => {
  try {
    const module = await WebAssembly.compile(bytes)
    return { isCompiled: true, module, bytes: bytes.length }
  } catch (error) {
    return invalid(
      `The module is not valid: ${error instanceof Error ? error.message : 'it does not compile'}.`,
    )
  }
}

export const limitsOf = (settings: CompilerSettings): ModuleLimits => ({
  ...MODULE_LIMITS,
  moduleBytesMax: settings.moduleBytesMax,
  memoryPagesMax: settings.memoryPagesMax,
})

const invalid = (error: string): Compilation => ({
  isCompiled: false,
  outcome: 'invalid_module',
  error,
})

const tooMuchMemory = (pagesMin: number, pagesMax: number): Compilation => ({
  isCompiled: false,
  outcome: 'out_of_memory',
  error: `The program asks for ${pagesMin} pages of memory at its start; its limit is ${pagesMax} pages of 64 KiB.`,
})
