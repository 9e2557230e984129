import type { Readable } from 'node:stream'

export interface StoredBlob {
  key: string
  /** SHA-256 of the content in lower-case hexadecimal. */
  sha256: string
  bytes: number
}

/**
 * Where binaries are kept. Content-addressed: the key follows from the content, so storing the
 * same bytes twice stores them once, and nothing stored ever changes. Fit for a directory and
 * for S3 alike.
 */
export interface Blobs {
  /**
   * Streams `content` into the store; memory stays flat. Rejects with `blob.too_large` past
   * `bytesMax`. A stream that ends early leaves nothing behind.
   */
  put(content: Readable, limits: { bytesMax: number }): Promise<StoredBlob>
  /** The whole content. Rejects with `blob.not_found`. */
  read(key: string): Promise<Uint8Array>
  /**
   * Changes whenever the stored content may have changed; equal values mean equal content.
   * Cheap: asks for no content. Rejects with `blob.not_found`.
   */
  revision(key: string): Promise<string>
  /** Idempotent. */
  remove(key: string): Promise<void>
}
