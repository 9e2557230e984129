import type { Admission, AdmitRequest } from '#platform/outbox/admission-store.ts'

/** What a tenant may be ahead of the others or behind them, in tasks times seconds per weight. */
const LEAD_MAX = 60

export interface FairShares {
  /** How far ahead of its share each tenant is, where tenants meet. */
  leads(): AdmitRequest['leads']
  /** Notes what each tenant runs from now on, as the latest round saw it. */
  note(standings: Admission['standings'], nowMs: number): void
}

/**
 * Remembers how much tenants that meet in a queue ran for their weight. Whole tasks cannot be
 * divided as weights would have it: by this memory the odd one goes to each in its turn. It starts
 * anew when tenants meet, or when another process leads.
 */
export const createFairShares = (): FairShares => {
  let leads = new Map<string, number>()
  let standings: Admission['standings'] = []
  let notedAtMs = 0

  return {
    leads: () =>
      standings.map(({ queue, tenantId }) => ({
        queue,
        tenantId,
        lead: leads.get(keyOf({ queue, tenantId })) ?? 0,
      })),
    note: (present, nowMs) => {
      const seconds = Math.max(0, nowMs - notedAtMs) / 1_000
      const grown = new Map<string, number>()
      for (const group of Map.groupBy(standings, ({ queue }) => queue).values()) {
        const even = sumOf(group, 'running') / sumOf(group, 'weight')
        for (const one of group) {
          const lead = (leads.get(keyOf(one)) ?? 0) + (one.running / one.weight - even) * seconds
          grown.set(keyOf(one), Math.min(LEAD_MAX, Math.max(-LEAD_MAX, lead)))
        }
      }
      // Who is not there any more takes nothing with it.
      leads = new Map(present.map((one) => [keyOf(one), grown.get(keyOf(one)) ?? 0]))
      standings = present
      notedAtMs = nowMs
    },
  }
}

const keyOf = ({ queue, tenantId }: { queue: string; tenantId: string }) => `${tenantId} ${queue}`

const sumOf = (group: Admission['standings'], part: 'running' | 'weight'): number =>
  group.reduce((sum, one) => sum + one[part], 0)
