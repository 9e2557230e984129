import type { Queryable } from '../db/db.ts'
import { OUTBOX_CHANNEL } from './outbox-store.ts'

/**
 * The broker lost all that it carried: whatever was admitted and is not claimed yet waits again,
 * and schedulers are woken. A message that was not lost after all finds its task claimed.
 */
export const unadmitAll = async (db: Queryable, now: Date): Promise<void> => {
  await db.query(
    `update outbox set state = 'waiting', available_at = $1 where state = 'admitted'`,
    [now],
  )
  db.notify(OUTBOX_CHANNEL)
}
