import type { RunId, StepId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

// Moments at which runs go on by themselves. Read by partial indexes over what is open, in order.

/** Tells that a nearer moment may have come up. */
export const RUN_TIMERS_CHANNEL = 'cadre_run_timers'

export interface DueStep {
  id: StepId
  runId: RunId
  step: string
}

export const findDueSteps = async (
  db: Queryable,
  now: Date,
  rowsMax: number,
): Promise<DueStep[]> => {
  const rows = await db.query<{ id: string; run_id: string; step: string }>(
    `select id, run_id, step from workflow_steps
     where status = 'RUNNING' and due_at <= $1 order by due_at limit $2`,
    [now, rowsMax],
  )
  return rows.map((row) => ({
    id: row.id as StepId,
    runId: row.run_id as RunId,
    step: row.step,
  }))
}

/** Runs whose whole time is over and that are not being stopped yet. */
export const findDueRuns = async (db: Queryable, now: Date, rowsMax: number): Promise<RunId[]> => {
  const rows = await db.query<{ id: string }>(
    `select id from workflow_runs
     where status in ('RUNNING', 'COMPENSATING') and deadline_at <= $1 and outcome is null
     order by deadline_at limit $2`,
    [now, rowsMax],
  )
  return rows.map((row) => row.id as RunId)
}

/** The next moment at which something is due; null when nothing waits for one. */
export const nextDue = async (db: Queryable): Promise<Date | null> => {
  const [row] = await db.query<{ next_at: Date | null }>(
    `select least(
       (select due_at from workflow_steps
        where status = 'RUNNING' and due_at is not null order by due_at limit 1),
       (select deadline_at from workflow_runs
        where status in ('RUNNING', 'COMPENSATING') and deadline_at is not null
          and outcome is null
        order by deadline_at limit 1)) as next_at`,
  )
  return row?.next_at ?? null
}

/** Tells those who wait that something may be due sooner than they think. */
export const notifyTimers = (tx: Tx): void => tx.notify(RUN_TIMERS_CHANNEL)
