import type {
  ChangeQueue,
  EventType,
  Queue,
  QueueLimits,
  QueueStarts,
  TenantId,
} from '@cadre/contract'
import type { AgentService } from '#features/agents/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import { WASM_QUEUE } from '#features/agents/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { invalidField, isAppError } from '#platform/errors.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import {
  depthsOf,
  listSettings,
  lockSettings,
  NO_LIMITS,
  writeSettings,
  type QueueDepth,
  type QueueSettings,
} from '#platform/outbox/queue-store.ts'
import { startsSince, type StartCount } from '#platform/outbox/start-count-store.ts'
import { firstBucketAt, recentStarts, START_BUCKET_MS } from '#platform/outbox/start-counter.ts'
import { queueNotFound } from './queue-errors.ts'
import { queueKindOf, type QueueKind } from './queue-names.ts'

export interface QueueServiceOptions {
  db: Db
  clock: Clock
  agents: AgentService
}

export type QueueService = ReturnType<typeof createQueueService>

/** Queues as one tenant sees them: its own, and what of its own is in the shared ones. */
export const createQueueService = ({ db, clock, agents }: QueueServiceOptions) => {
  /** @throws AppError `queue.not_found` */
  const kindOf = async (tenantId: TenantId, name: string): Promise<QueueKind> => {
    const kind = queueKindOf(name, tenantId)
    if (kind === null) throw queueNotFound()
    if (kind.kind === 'agent')
      await agents.read(tenantId, kind.agentId).catch((error: unknown) => {
        throw isAppError(error, 'agent.not_found') ? queueNotFound() : error
      })
    return kind
  }
  const titleOf = async (tenantId: TenantId, kind: QueueKind): Promise<string> => {
    if (kind.kind === 'wasm') return 'WASM agents'
    if (kind.kind === 'capability') return kind.capability
    return (await agents.namesOf(tenantId, [kind.agentId])).get(kind.agentId) ?? kind.agentId
  }
  const startsByQueue = async (tenantId: TenantId): Promise<Map<string, StartCount[]>> =>
    Map.groupBy(
      await startsSince(db.ofTenant(tenantId), tenantId, firstBucketAt(clock.now())),
      ({ queue }) => queue,
    )
  const view = async (tenantId: TenantId, name: string, facts: QueueFacts): Promise<Queue> => ({
    name,
    title: await titleOf(tenantId, facts.kind),
    is_shared: facts.kind.kind === 'wasm',
    is_paused: facts.settings.isPaused,
    waiting: facts.depth?.waiting ?? 0,
    admitted: facts.depth?.admitted ?? 0,
    in_progress: facts.depth?.inProgress ?? 0,
    oldest_due_at: facts.depth?.oldestDueAt?.toISOString() ?? null,
    starts: startsView(facts.starts, clock.now()),
    limits: limitsView(facts.settings),
  })

  return {
    /** The shared queue, and those with work, settings or late starts; a thousand at the most. */
    list: async (tenantId: TenantId): Promise<Queue[]> => {
      const settings = await listSettings(db.ofTenant(tenantId))
      const depths = await depthsOf(db.ofTenant(tenantId), null)
      const own = new Map(depths.map((depth) => [depth.queue, depth]))
      const starts = await startsByQueue(tenantId)
      const names = new Set([WASM_QUEUE, ...own.keys(), ...settings.keys(), ...starts.keys()])
      const queues: Queue[] = []
      for (const name of [...names].sort()) {
        if (queues.length === QUEUES_LISTED_MAX) break
        const kind = await kindOf(tenantId, name).catch(absentOnly)
        if (kind === null) continue
        queues.push(
          await view(tenantId, name, {
            kind,
            settings: settings.get(name) ?? NO_LIMITS,
            depth: own.get(name),
            starts: starts.get(name) ?? [],
          }),
        )
      }
      return queues
    },

    /** @throws AppError `queue.not_found` */
    read: async (tenantId: TenantId, name: string): Promise<Queue> => {
      const kind = await kindOf(tenantId, name)
      const depth = (await depthsOf(db.ofTenant(tenantId), name))[0]
      const settings = (await listSettings(db.ofTenant(tenantId))).get(name) ?? NO_LIMITS
      const starts = (await startsByQueue(tenantId)).get(name) ?? []
      return view(tenantId, name, { kind, settings, depth, starts })
    },

    isShared: async (tenantId: TenantId, name: string): Promise<boolean> =>
      (await kindOf(tenantId, name)).kind === 'wasm',

    /**
     * Changes what a queue allows, from this moment on: what was admitted before goes back to
     * waiting and is admitted anew.
     * @throws AppError 422 for a burst without a rate
     */
    change: async (tenantId: TenantId, name: string, change: ChangeQueue): Promise<void> => {
      const { kind } = await kindOf(tenantId, name)
      const queue = { name, tenantId: kind === 'wasm' ? null : tenantId }
      const now = clock.now()
      // Keeps the scheduler of all tenants waiting, which no tenant may.
      await db.transaction(async (tx) => {
        const { id, settings } = await lockSettings(tx, queue, now)
        const next = changed(settings, change)
        if (JSON.stringify(next) === JSON.stringify(settings)) return
        await writeSettings(tx, name, next, now)
        const type = eventOf(settings, next)
        await appendEvents(tx, [{ tenantId, type, subjectId: id, at: now, data: { queue: name } }])
        await recordWithin(tx, {
          tenantId,
          at: now,
          action: 'queue.change',
          resource: { kind: 'queue', id, name },
          before: tellingFields(settings),
          after: tellingFields(next),
        })
      })
    },
  }
}

const tellingFields = (settings: QueueSettings) => ({
  is_paused: settings.isPaused,
  ...limitsView(settings),
})

const limitsView = (settings: QueueSettings): QueueLimits => ({
  concurrency_max: settings.concurrencyMax,
  concurrency_max_per_key: settings.concurrencyMaxPerKey,
  rate_per_second: settings.ratePerSecond,
  rate_burst: settings.rateBurst,
})

const QUEUES_LISTED_MAX = 1_000

interface QueueFacts {
  kind: QueueKind
  settings: QueueSettings
  depth: QueueDepth | undefined
  starts: readonly StartCount[]
}

const startsView = (counts: readonly StartCount[], now: Date): QueueStarts => {
  const { lastMinute, perBucket } = recentStarts(counts, now)
  return {
    last_minute: lastMinute,
    bucket_seconds: START_BUCKET_MS / 1_000,
    per_bucket: counts.length === 0 ? [] : perBucket,
  }
}

const changed = (settings: QueueSettings, change: ChangeQueue): QueueSettings => {
  const ratePerSecond =
    change.rate_per_second === undefined ? settings.ratePerSecond : change.rate_per_second
  const rateBurst = change.rate_burst === undefined ? settings.rateBurst : change.rate_burst
  if (ratePerSecond === null && change.rate_burst !== undefined && change.rate_burst !== null)
    throw invalidField('rate_burst', 'goes with rate_per_second, which this queue has not')
  return {
    isPaused: change.is_paused ?? settings.isPaused,
    concurrencyMax:
      change.concurrency_max === undefined ? settings.concurrencyMax : change.concurrency_max,
    concurrencyMaxPerKey:
      change.concurrency_max_per_key === undefined
        ? settings.concurrencyMaxPerKey
        : change.concurrency_max_per_key,
    ratePerSecond,
    rateBurst:
      ratePerSecond === null ? null : (rateBurst ?? Math.max(1, Math.floor(ratePerSecond))),
  }
}

const eventOf = (before: QueueSettings, after: QueueSettings): EventType => {
  if (before.isPaused === after.isPaused) return 'queue.changed'
  return after.isPaused ? 'queue.paused' : 'queue.resumed'
}

const absentOnly = (error: unknown): null => {
  if (isAppError(error, 'queue.not_found')) return null
  throw error
}
