/** Why a binary is not a program Cadre runs; `reason` tells the publisher what to change. */
export class ModuleRefusal extends Error {
  override readonly name = 'ModuleRefusal'
  /** Stable name such as `module.truncated`. */
  readonly code: string
  readonly reason: string

  constructor(code: string, reason: string) {
    super(reason)
    this.code = code
    this.reason = reason
  }
}

export const malformed = (offset: number, problem: string): ModuleRefusal =>
  new ModuleRefusal(
    'module.malformed',
    `The file is not a valid WebAssembly module: ${problem} at byte ${offset}.`,
  )

export const unsupported = (feature: string, advice: string): ModuleRefusal =>
  new ModuleRefusal('module.unsupported_feature', `The module uses ${feature}. ${advice}`)

/** Throws when a module declares more of something than the limit. */
export const demandAtMost = (count: number, what: string, max: number): void => {
  if (count <= max) return
  throw new ModuleRefusal(
    'module.too_complex',
    `The module has ${count} ${what} or more; the limit is ${max}.`,
  )
}
