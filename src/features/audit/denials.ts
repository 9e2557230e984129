import type { TenantId } from '@cadre/contract'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import { currentPerpetrator, type AuditedAct, type Perpetrator } from './audited-act.ts'
import { recordAlone } from './audit-log.ts'
import { createDenialLimit, DENIAL_WINDOW_MS, type LeftOut } from './denial-limit.ts'

export interface DenialOptions {
  db: Db
  clock: Clock
  logger: Logger
  /** Whose chain tells of strangers: they belong to no tenant. */
  platformTenantId: TenantId
}

export interface Denial {
  /** Such as `run.decide`. */
  action: string
  /** What was asked for, without its query. */
  path: string
  /** The sentence that the caller was told. */
  reason: string
}

interface Refused {
  tenantId: TenantId
  by: Perpetrator
}

export type DenialLog = ReturnType<typeof createDenialLog>

/** Records refusals, as many of each principal as a person would look at, and counts the rest. */
export const createDenialLog = ({ db, clock, logger, platformTenantId }: DenialOptions) => {
  const limit = createDenialLimit<Refused>()
  let timer: Timer | null = null

  /** The caller has been refused either way; a log that cannot be written must not change that. */
  const record = (act: AuditedAct): Promise<void> =>
    recordAlone(db, act).catch((error: unknown) =>
      logger.error('audit.not_recorded', { action: act.action, error }),
    )
  const recordLeftOut = ({ who, count }: LeftOut<Refused>) =>
    record({
      ...who,
      at: clock.now(),
      action: 'audit.left_out',
      resource: { kind: 'audit' },
      decision: 'denied',
      after: { left_out: count, window_seconds: DENIAL_WINDOW_MS / 1_000 },
    })
  const endWindows = async (nowMs: number) => {
    for (const left of limit.endWindows(nowMs)) await recordLeftOut(left)
  }
  const watch = () => {
    timer ??= clock.after(DENIAL_WINDOW_MS, () => {
      timer = null
      void endWindows(clock.now().getTime())
      if (!limit.isEmpty) watch()
    })
  }

  return {
    /** Records that the present caller was refused. Never rejects. */
    denied: async ({ action, path, reason }: Denial): Promise<void> => {
      const by = currentPerpetrator()
      const principal = by.caller?.principal ?? null
      const tenantId = principal?.tenantId ?? platformTenantId
      const now = clock.now()
      const isAdmitted = limit.admit(principal?.id ?? 'unknown', { tenantId, by }, now.getTime())
      watch()
      if (!isAdmitted) return
      await record({
        tenantId,
        by,
        at: now,
        action,
        resource: { kind: 'path', name: path },
        decision: 'denied',
        after: { reason },
      })
    },

    /** Records what was only counted so far. */
    close: async (): Promise<void> => {
      timer?.cancel()
      await endWindows(Number.POSITIVE_INFINITY)
    },
  }
}
