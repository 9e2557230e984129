/** The unsigned LEB128 encoding of a 32-bit number. */
export const encodeU32 = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return bytes
}

/** Collects pieces and joins them once, so that copying a large module stays linear. */
export class ByteWriter {
  private readonly pieces: Uint8Array[] = []
  private size = 0

  bytes(piece: Uint8Array | readonly number[]): this {
    const bytes = piece instanceof Uint8Array ? piece : Uint8Array.from(piece)
    this.pieces.push(bytes)
    this.size += bytes.length
    return this
  }

  u32(value: number): this {
    return this.bytes(encodeU32(value))
  }

  /** Content preceded by its size. */
  sized(content: Uint8Array): this {
    return this.u32(content.length).bytes(content)
  }

  finish(): Uint8Array {
    const joined = new Uint8Array(this.size)
    let offset = 0
    for (const piece of this.pieces) {
      joined.set(piece, offset)
      offset += piece.length
    }
    return joined
  }
}
