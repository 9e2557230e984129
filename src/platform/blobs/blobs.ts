import type { Readable } from 'node:stream'

/** Bytes that were received whole but are not part of the store yet. */
export interface StagedBlob {
  /** SHA-256 of the content in lower-case hexadecimal. */
  readonly sha256: string
  readonly bytes: number
  /** The content from its beginning; any number of times, until it is kept or discarded. */
  open(): Readable
  /** Makes it part of the store and answers its key. */
  keep(): Promise<string>
  /** Idempotent; does nothing after `keep`. */
  discard(): Promise<void>
}

/** Content on its way out of the store. Read it or destroy it. */
export interface OpenBlob {
  content: Readable
  bytes: number
}

export interface ListedBlob {
  key: string
  /** When these bytes were last kept. */
  keptAt: Date
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
  /** The content as a stream, which fails where the store breaks off. Rejects with `blob.not_found`. */
  open(key: string): Promise<OpenBlob>
  /**
   * Where a client gets the content itself, without asking Cadre again until it expires. Null
   * where only Cadre hands it out. Looks at nothing: whether the content is there shows later.
   */
  address(key: string, options: AddressOptions): Promise<string | null>
  /**
   * Changes whenever the stored content may have changed; equal values mean equal content.
   * Cheap: asks for no content. Rejects with `blob.not_found`.
   */
  revision(key: string): Promise<string>
  /** Everything that is kept, in pages of any size and no order. What is no blob is left out. */
  list(): AsyncIterable<readonly ListedBlob[]>
  /** Idempotent. */
  remove(key: string): Promise<void>
}

export interface AddressOptions {
  /** Bounded by {@link ADDRESS_SECONDS_MAX}. */
  expiresSeconds: number
  /** What the client is told to call the file: letters, digits, `.`, `_`, `-`. */
  fileName: string
}

export const ADDRESS_SECONDS_MAX = 3_600
