import type { Reputation, ReputationSeries } from '@cadre/contract'
import { quantile } from '#features/performance/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db, Tx } from '#platform/db/db.ts'
import { readStanding, setStanding } from './listing-store.ts'
import { ratingView } from './marketplace-view.ts'
import { completenessOf, QUALITY_MAX, qualityOf, UNKNOWN_STANDING } from './quality.ts'
import { sumRatings } from './rating-store.ts'
import {
  claimDueItems,
  daySums,
  setNextStanding,
  windowSums,
  type AttemptSums,
} from './reputation-store.ts'
import { findListedVersion } from './version-store.ts'

export type Reputations = ReturnType<typeof createReputations>

const WINDOWS = [7, 30, 90] as const
/** Ranking looks back this far. */
const RANKED_DAYS = 90
const ITEMS_PER_SWEEP = 50
const DAY_MS = 86_400_000
/** An item that so many tenants run is known by its name. */
const WELL_KNOWN_TENANTS = 3

/** What the ledger says of items, of tenants other than their publishers'. */
export const createReputations = ({ db, clock }: { db: Db; clock: Clock }) => {
  /** Sums an item anew, under its lock. */
  const refresh = async (tx: Tx, itemId: string): Promise<void> => {
    const now = clock.now()
    const [sums] = await windowSums(tx, { itemId, now, windows: [RANKED_DAYS] })
    const uses = sums?.attempts ?? 0
    const activeTenants = sums?.activeTenants ?? 0
    const standing = {
      uses,
      activeTenants,
      successRate: sums === undefined || uses === 0 ? null : sums.completed / uses,
      ...(await sumRatings(tx, itemId)),
    }
    const version = await findListedVersion(tx, itemId)
    if (version !== null) {
      const quality = qualityOf(standing, completenessOf(version))
      await setStanding(tx, itemId, { ...standing, quality })
    }
    await setNextStanding(tx, {
      id: itemId,
      dueAt: uses > 0 ? new Date(now.getTime() + DAY_MS) : null,
      isWellKnown: activeTenants >= WELL_KNOWN_TENANTS,
    })
  }

  return {
    refresh,

    /** Sums all items that are due. Any number of processes may do so at once. */
    sweep: async (): Promise<void> => {
      for (;;) {
        const done = await db.transaction(async (tx) => {
          const due = await claimDueItems(tx, { now: clock.now(), limit: ITEMS_PER_SWEEP })
          for (const itemId of due) await refresh(tx, itemId)
          return due.length
        })
        if (done < ITEMS_PER_SWEEP) return
      }
    },

    of: async (itemId: string) => {
      const standing = (await readStanding(db, itemId)) ?? UNKNOWN_STANDING
      const sums = await windowSums(db, { itemId, now: clock.now(), windows: WINDOWS })
      return {
        quality: standing.quality / QUALITY_MAX,
        uses: standing.uses,
        rating: ratingView(standing),
        reputation: sums.map(({ days, ...window }) => ({ days, ...figuresOf(window) })),
      }
    },

    /** The last `days` of UTC, today included; those without an attempt are left out. */
    series: async (itemId: string, days: number): Promise<ReputationSeries> => {
      const now = clock.now()
      const untilMs = (Math.floor(now.getTime() / DAY_MS) + 1) * DAY_MS
      const sums = await daySums(db, { itemId, now, days })
      return {
        since: new Date(untilMs - days * DAY_MS).toISOString(),
        until: new Date(untilMs).toISOString(),
        series: sums.map(({ day, ...figures }) => ({
          at: new Date(day).toISOString(),
          ...figuresOf(figures),
        })),
      }
    },
  }
}

const figuresOf = (sums: AttemptSums): Omit<Reputation, 'days'> => {
  const rate = (part: number) => (sums.attempts === 0 ? null : part / sums.attempts)
  return {
    attempts: sums.attempts,
    completed: sums.completed,
    success_rate: rate(sums.completed),
    quarantine_rate: rate(sums.quarantined),
    latency_ms: { p50: quantile(sums.durations, 0.5), p95: quantile(sums.durations, 0.95) },
    cost_per_completed_task:
      sums.completed === 0 ? null : (Number(sums.cost) / sums.completed).toFixed(6),
    active_tenants: sums.activeTenants,
  }
}
