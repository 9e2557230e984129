import type { Queryable } from '../db/db.ts'
import type { DeadLetter } from './broker.ts'

/** Keeps a message that will not be delivered any more, for people to look at. */
export const insertDeadLetter = async (db: Queryable, letter: DeadLetter): Promise<void> => {
  const { message, reason, deliveries, enqueuedAt, diedAt } = letter
  await db.query(
    `insert into dead_letters
       (id, tenant_id, queue, headers, reason, deliveries, enqueued_at, died_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      message.id,
      message.tenantId,
      message.queue,
      JSON.stringify(message.headers),
      reason,
      deliveries,
      enqueuedAt,
      diedAt,
    ],
  )
}
