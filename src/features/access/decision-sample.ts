import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { Principal } from '#platform/web/context.ts'
import type { Action } from './actions.ts'
import { keepDecisions } from './decision-store.ts'
import type { Circumstances } from './policy-engine.ts'
import type { Resource } from './resource.ts'
import type { SampledDecision } from './sampled-decision.ts'

export interface DecisionSample {
  /** Costs a look-up, and never throws; `resource` may be a way to find it, tried in the background. */
  offer(
    principal: Principal,
    circumstances: Circumstances,
    action: Action,
    resource: Resource | null | (() => Promise<Resource>),
  ): void
  /** Writes what is gathered. Never rejects. */
  flush(): Promise<void>
  close(): Promise<void>
}

const WINDOW_MS = 30_000
const FLUSH_MS = 5_000
/** Of one principal's decisions about one action, in one window. */
const ALIKE_MAX = 3
const KEYS_MAX = 2_000
const GATHERED_MAX = 500

/** Keeps a few decisions of every kind, so that a policy can be tried before it decides. */
export const createDecisionSample = ({
  db,
  clock,
  ids,
  logger,
}: {
  db: Db
  clock: Clock
  ids: Ids
  logger: Logger
}): DecisionSample => {
  const seen = new Map<string, number>()
  let windowEndsAtMs = 0
  let gathered: SampledDecision[] = []
  let timer: Timer | null = null
  let writing: Promise<void> = Promise.resolve()
  const finding = new Set<Promise<void>>()

  const isWanted = (key: string): boolean => {
    const count = seen.get(key) ?? 0
    if (count >= ALIKE_MAX || (count === 0 && seen.size >= KEYS_MAX)) {
      if (clock.now().getTime() < windowEndsAtMs) return false
      seen.clear()
      windowEndsAtMs = clock.now().getTime() + WINDOW_MS
    }
    seen.set(key, (seen.get(key) ?? 0) + 1)
    return gathered.length < GATHERED_MAX
  }
  const write = (): Promise<void> => {
    timer?.cancel()
    timer = null
    const decisions = gathered
    gathered = []
    if (decisions.length > 0)
      writing = writing
        .then(() => keepDecisions(db, decisions))
        .catch((error: unknown) => logger.warn('access.sample_not_kept', { error }))
    return writing
  }
  const gather = (decision: SampledDecision) => {
    gathered.push(decision)
    timer ??= clock.after(FLUSH_MS, () => void write())
  }

  const flush = async () => {
    await Promise.all(finding)
    await write()
  }
  return {
    offer: (principal, circumstances, action, resource) => {
      if (!isWanted(`${principal.id} ${action}`)) return
      const { id, name, kind, role, scopes, tenantId } = principal
      const decision = {
        id: ids.uuid(),
        tenantId,
        at: clock.now(),
        principal: { id, name, kind, role, scopes },
        action,
        circumstances,
      }
      if (typeof resource !== 'function') return gather({ ...decision, resource })
      // What is not there is not found by the request either, and says so.
      const found = resource()
        .then((resource) => gather({ ...decision, resource }))
        .catch(() => undefined)
        .finally(() => finding.delete(found))
      finding.add(found)
    },
    flush,
    close: flush,
  }
}
