import type { Clock, Timer } from '#platform/clock.ts'

const ONCE_PER_MS = 60_000
const WRITE_AFTER_MS = 15_000
const ENTRIES_MAX = 20_000

export type CredentialKind = 'key' | 'session'
export interface Use {
  id: string
  at: Date
}

export interface CredentialUseOptions {
  clock: Clock
  /** Notes all of them in one statement. */
  write: (kind: CredentialKind, uses: readonly Use[]) => Promise<void>
  onFault: (error: unknown) => void
}

/** When keys and sessions were last used: written together, each once a minute at the most. */
export type CredentialUse = ReturnType<typeof createCredentialUse>

export const createCredentialUse = ({ clock, write, onFault }: CredentialUseOptions) => {
  const notedAtMs = new Map<string, number>()
  const waiting: Record<CredentialKind, Map<string, Date>> = { key: new Map(), session: new Map() }
  let timer: Timer | null = null

  const writeAll = async (): Promise<void> => {
    timer?.cancel()
    timer = null
    for (const kind of ['key', 'session'] as const) {
      const uses = [...waiting[kind]].map(([id, at]) => ({ id, at }))
      waiting[kind].clear()
      if (uses.length > 0) await write(kind, uses)
    }
  }
  const writeSoon = () => {
    timer ??= clock.after(WRITE_AFTER_MS, () => void writeAll().catch(onFault))
  }

  return {
    /** Costs a look into a map, for all but the first use of a minute. */
    note: (kind: CredentialKind, id: string): void => {
      const now = clock.now()
      const last = notedAtMs.get(id)
      if (last !== undefined && now.getTime() - last < ONCE_PER_MS) return
      notedAtMs.delete(id)
      notedAtMs.set(id, now.getTime())
      const oldest = notedAtMs.keys().next().value
      if (notedAtMs.size > ENTRIES_MAX && oldest !== undefined) notedAtMs.delete(oldest)
      waiting[kind].set(id, now)
      writeSoon()
    },
    /** Writes what waits. */
    close: (): Promise<void> => writeAll().catch(onFault),
  }
}
