import { TaskId } from '@cadre/contract'
import type { Tx } from '../db/db.ts'
import { appendEvents, type NewEvent } from '../events/event-store.ts'
import type { DeadLetter } from './broker.ts'

/**
 * Keeps messages that will not be delivered any more, for people to look at, and says so in the
 * log. Idempotent, for a broker may hand one over again whose burial it did not see acknowledged.
 */
export const insertDeadLetters = async (tx: Tx, letters: readonly DeadLetter[]): Promise<void> => {
  const rows = await tx.query<{ id: string }>(
    `insert into dead_letters
       (id, tenant_id, queue, headers, source, reason, deliveries, history, enqueued_at, died_at)
     select d.id, d.tenant_id, d.queue, d.headers::json, d.source, d.reason, d.deliveries,
       d.history::jsonb, d.enqueued_at, d.died_at
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::integer[], $8::text[], $9::timestamptz[], $10::timestamptz[])
       as d (id, tenant_id, queue, headers, source, reason, deliveries, history, enqueued_at,
         died_at)
     where not exists (select 1 from dead_letters as known where known.id = d.id)
     returning id`,
    [
      letters.map(({ message }) => message.id),
      letters.map(({ message }) => message.tenantId),
      letters.map(({ message }) => message.queue),
      letters.map(({ message }) => JSON.stringify(message.headers)),
      letters.map(({ source }) => source),
      letters.map(({ reason }) => reason),
      letters.map(({ deliveries }) => deliveries),
      letters.map(({ history }) => JSON.stringify(history)),
      letters.map(({ enqueuedAt }) => enqueuedAt),
      letters.map(({ diedAt }) => diedAt),
    ],
  )
  const kept = new Set(rows.map(({ id }) => id))
  await appendEvents(tx, letters.filter(({ message }) => kept.has(message.id)).flatMap(burialOf))
}

/** None for a letter of nobody that is known: the log is read by tenants. */
const burialOf = ({ message, reason, diedAt }: DeadLetter): NewEvent[] => {
  const { id: subjectId, tenantId, queue, headers } = message
  if (tenantId === null) return []
  const taskId = TaskId.safeParse((headers as { task_id?: unknown } | null)?.task_id)
  const data = { queue, error: reason, ...(taskId.success ? { task_id: taskId.data } : {}) }
  return [{ tenantId, type: 'dead_letter.buried', subjectId, at: diedAt, data }]
}
