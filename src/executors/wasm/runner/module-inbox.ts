/** Modules that arrive in pieces, each of a size that was said before. */
export class ModuleInbox {
  private readonly arriving = new Map<number, { bytes: Uint8Array; filled: number }>()

  expect(id: number, bytes: number): void {
    this.arriving.set(id, { bytes: new Uint8Array(bytes), filled: 0 })
  }

  /** @returns the module as soon as it is whole; null before, and for what nobody expects */
  add(id: number, piece: Uint8Array): Uint8Array | null {
    const module = this.arriving.get(id)
    if (module === undefined) return null
    if (piece.length > module.bytes.length - module.filled) {
      this.arriving.delete(id)
      return null
    }
    module.bytes.set(piece, module.filled)
    module.filled += piece.length
    if (module.filled < module.bytes.length) return null
    this.arriving.delete(id)
    return module.bytes
  }

  forget(id: number): void {
    this.arriving.delete(id)
  }
}
