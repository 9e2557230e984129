import type { Clock } from '../clock.ts'
import { VALUE_LENGTH_MAX, type Cache } from './shared-state.ts'

interface Entry {
  value: string
  expiresAtMs: number
}

/** A cache in this process, which forgets first what was not used for longest. */
export interface MemoryCache extends Cache {
  readonly length: number
  clear(): void
}

export const createMemoryCache = (options: {
  clock: Clock
  /** Characters of all keys and values together at the most. */
  lengthMax: number
}): MemoryCache => {
  const entries = new Map<string, Entry>()
  let length = 0
  const remove = (key: string) => {
    const entry = entries.get(key)
    if (entry === undefined) return
    length -= key.length + entry.value.length
    entries.delete(key)
  }
  const put = (key: string, entry: Entry) => {
    remove(key)
    entries.set(key, entry)
    length += key.length + entry.value.length
    for (const oldest of entries.keys()) {
      if (length <= options.lengthMax) return
      remove(oldest)
    }
  }
  return {
    get length() {
      return length
    },
    get: async (key) => {
      const entry = entries.get(key)
      if (entry === undefined) return null
      if (entry.expiresAtMs <= options.clock.now().getTime()) {
        remove(key)
        return null
      }
      put(key, entry)
      return entry.value
    },
    set: async (key, value, { ttlMs }) => {
      if (value.length > VALUE_LENGTH_MAX || ttlMs <= 0) remove(key)
      else put(key, { value, expiresAtMs: options.clock.now().getTime() + ttlMs })
    },
    delete: async (key) => remove(key),
    clear: () => {
      entries.clear()
      length = 0
    },
  }
}
