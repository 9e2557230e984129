import { expect } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { isAnyHeldBack, type EventCursor } from '#platform/events/event-store.ts'

/**
 * Lets a projection read everything that there is. Any transaction on the server may hold events
 * back for a while, be it another test's.
 */
export const settleProjection = async (
  db: Db,
  name: string,
  projection: { catchUp(): Promise<unknown> },
): Promise<void> => {
  await expect
    .poll(
      async () => {
        await projection.catchUp()
        const [cursor] = await db.query<EventCursor>(
          `select xact::text as xact, event_id::text as id from projections where name = $1`,
          [name],
        )
        return cursor === undefined || (await isAnyHeldBack(db, cursor))
      },
      { timeout: 20_000 },
    )
    .toBe(false)
}
