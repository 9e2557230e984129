import type { Readable } from 'node:stream'

/** A module that is read piece by piece, so that nobody has to hold the whole of it. */
export interface ModuleSource {
  /** SHA-256 of the content in lower-case hexadecimal. */
  sha256: string
  bytes: number
  /** The content from its beginning. */
  open: () => Readable
}

/** What an uploaded module declares. */
export interface ModuleReport {
  /** Imported functions as `module.name`, sorted. */
  imports: string[]
  memoryPagesMin: number
  /** Declared maximum in pages of 64 KiB; null when the module declares none. */
  memoryPagesMax: number | null
}

export type Inspection =
  | { isAccepted: true; report: ModuleReport }
  /** `reason` is a sentence that tells the publisher what to change. */
  | { isAccepted: false; code: string; reason: string }

/**
 * Decides whether a binary may be published. Bounded in time and memory whatever the bytes are;
 * never throws for bad bytes.
 */
export type InspectModule = (module: ModuleSource) => Promise<Inspection>
