import type { Db } from '#platform/db/db.ts'
import type { BuriedLetter } from './broker-site.ts'

export const readDeadLetters = (db: Db, queue: string): Promise<BuriedLetter[]> =>
  db.query<BuriedLetter>(
    `select id, tenant_id, source, reason, deliveries, headers, history,
       (select count(*) from events as e
        where e.subject_id = dead_letters.id and e.type = 'dead_letter.buried') as events
     from dead_letters
     where queue = $1 order by died_at`,
    [queue],
  )
