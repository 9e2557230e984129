import type { RunId, StepId, TenantId } from '@cadre/contract'
import type { Tx } from '#platform/db/db.ts'

// Signals: what somebody tells a run. They may come before a step waits for them.

export interface NewSignal {
  runId: RunId
  tenantId: TenantId
  name: string
  body: unknown
  sentByName: string
  idempotencyKey: string | null
}

/** Stores a signal; null when one under its idempotency key is there already. */
export const insertSignal = async (
  tx: Tx,
  signal: NewSignal,
  now: Date,
): Promise<number | null> => {
  const [row] = await tx.query<{ id: number }>(
    `insert into run_signals (run_id, tenant_id, name, body, sent_by_name, idempotency_key, at)
     values ($1, $2, $3, $4::json, $5, $6, $7)
     on conflict (run_id, idempotency_key) where idempotency_key is not null do nothing
     returning id`,
    [
      signal.runId,
      signal.tenantId,
      signal.name,
      JSON.stringify(signal.body ?? null),
      signal.sentByName,
      signal.idempotencyKey,
      now,
    ],
  )
  return row?.id ?? null
}

/** Signals of these runs that no step has taken, oldest first. */
export const findEarlySignals = async (
  tx: Tx,
  runIds: readonly RunId[],
): Promise<{ id: number; runId: RunId; name: string; body: unknown }[]> => {
  const rows = await tx.query<{ id: number; run_id: string; name: string; body: unknown }>(
    `select s.id, s.run_id, s.name, s.body
     from unnest($1::uuid[]) as w (id)
       cross join lateral (
         select * from run_signals where run_id = w.id and step_id is null offset 0) as s
     order by s.id`,
    [runIds],
  )
  return rows.map(({ id, run_id, name, body }) => ({ id, runId: run_id as RunId, name, body }))
}

/** Notes which step took which signal. */
export const takeSignals = async (
  tx: Tx,
  taken: readonly { signalId: number; stepId: StepId }[],
): Promise<void> => {
  await tx.query(
    `update run_signals as s set step_id = w.step_id
     from unnest($1::bigint[], $2::uuid[]) as w (signal_id, step_id)
     where s.id = any ($1::bigint[]) and s.id = w.signal_id`,
    [taken.map(({ signalId }) => signalId), taken.map(({ stepId }) => stepId)],
  )
}

/** The step of a run that waits for a signal of this name for the longest time; null for none. */
export const findWaitingFor = async (
  tx: Tx,
  runId: RunId,
  name: string,
): Promise<StepId | null> => {
  const [row] = await tx.query<{ id: string }>(
    `select id from workflow_steps
     where run_id = $1 and status in ('WAITING', 'RUNNING', 'HELD') and status = 'RUNNING'
       and kind = 'signal' and message = $2
     order by released_at, step limit 1`,
    [runId, name],
  )
  return (row?.id ?? null) as StepId | null
}
