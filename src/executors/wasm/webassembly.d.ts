/** The part of the WebAssembly JavaScript API (W3C) that the executor uses. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
    private readonly brand: 'Module'
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number })
    readonly buffer: ArrayBuffer
    grow(deltaPages: number): number
  }
  class Global {
    value: unknown
  }
  class Instance {
    constructor(module: Module, imports: Imports)
    readonly exports: Readonly<Record<string, unknown>>
  }
  class RuntimeError extends Error {}
  class CompileError extends Error {}
  class LinkError extends Error {}
  class Exception {
    private readonly brand: 'Exception'
  }
  type Imports = Readonly<Record<string, Readonly<Record<string, ImportedFunction>>>>
  type ImportedFunction = (...values: never[]) => number | undefined
  function compile(bytes: Uint8Array): Promise<Module>
  function validate(bytes: Uint8Array): boolean
}
