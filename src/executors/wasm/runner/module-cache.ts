/** Compiled modules, least recently used first, bounded in number and in bytes of binary. */
export class ModuleCache {
  private readonly entriesMax: number
  private readonly bytesMax: number
  private readonly entries = new Map<string, { module: WebAssembly.Module; bytes: number }>()
  private bytes = 0

  constructor(limits: { entriesMax: number; bytesMax: number }) {
    this.entriesMax = limits.entriesMax
    this.bytesMax = limits.bytesMax
  }

  get(key: string): WebAssembly.Module | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, entry)
    return entry.module
  }

  put(key: string, module: WebAssembly.Module, bytes: number): void {
    this.drop(key)
    this.entries.set(key, { module, bytes })
    this.bytes += bytes
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.entriesMax && this.bytes <= this.bytesMax) return
      this.drop(oldest)
    }
  }

  private drop(key: string): void {
    const entry = this.entries.get(key)
    if (entry === undefined) return
    this.entries.delete(key)
    this.bytes -= entry.bytes
  }
}
