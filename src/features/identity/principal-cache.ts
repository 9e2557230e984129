import type { Clock } from '#platform/clock.ts'

interface Entry<Value> {
  value: Value
  expiresAtMs: number
}

/** Remembers who a credential belongs to for a short while, so that a busy caller costs no query. */
export interface PrincipalCache<Value> {
  get(credentialHash: string): Value | null
  /**
   * Remembers what was looked up at `generation`, unless the cache was cleared since: then it may
   * be from before a revocation.
   */
  set(credentialHash: string, value: Value, generation: number): void
  /** Grows with every `clear`. */
  readonly generation: number
  clear(): void
}

export const createPrincipalCache = <Value>(options: {
  clock: Clock
  /** A revocation whose notification was lost takes effect within this time. */
  ttlMs: number
  entriesMax: number
}): PrincipalCache<Value> => {
  const entries = new Map<string, Entry<Value>>()
  let generation = 0
  return {
    get generation() {
      return generation
    },
    get: (hash) => {
      const entry = entries.get(hash)
      if (entry === undefined) return null
      if (entry.expiresAtMs > options.clock.now().getTime()) return entry.value
      entries.delete(hash)
      return null
    },
    set: (hash, value, lookedUpAt) => {
      if (lookedUpAt !== generation) return
      entries.delete(hash)
      entries.set(hash, { value, expiresAtMs: options.clock.now().getTime() + options.ttlMs })
      if (entries.size <= options.entriesMax) return
      const oldest = entries.keys().next().value
      if (oldest !== undefined) entries.delete(oldest)
    },
    clear: () => {
      generation++
      entries.clear()
    },
  }
}
