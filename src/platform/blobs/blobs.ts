import type { Readable } from 'node:stream'

/** Bytes that were received whole but are not part of the store yet. */
export interface StagedBlob {
  /** SHA-256 of the content in lower-case hexadecimal. */
  readonly sha256: string
  readonly bytes: number
  read(): Promise<Uint8Array>
  /** Makes it part of the store and answers its key. */
  keep(): Promise<string>
  /** Idempotent; does nothing after `keep`. */
  discard(): Promise<void>
}

/**
 * Where binaries are kept. Content-addressed: the key follows from the content, so keeping the
 * same bytes twice stores them once, and nothing stored ever changes. Fit for a directory and
 * for S3 alike.
 */
export interface Blobs {
  /**
   * Streams `content` aside; memory stays flat. Rejects with `blob.too_large` past `bytesMax`.
   * A stream that ends early leaves nothing behind.
   */
  stage(content: Readable, limits: { bytesMax: number }): Promise<StagedBlob>
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
