import type { Db } from '#platform/db/db.ts'

/**
 * Looks at what is stored of every task outside of workflows and says what is wrong with it; null for those that ended
 * as they should: done, by one attempt, the last one, completed once and never claimed after it.
 */
export const verdictsOf = async (db: Db): Promise<Map<string, string | null>> => {
  const rows = await db.query<{
    id: string
    status: string
    attempt: number
    attempts: number
    done: number
    last_outcome: string | null
    completions: number
    claims_after: number
    waits: boolean
  }>(
    `select t.id, t.status, t.attempt,
       (select count(*) from attempts as a where a.task_id = t.id) as attempts,
       (select count(*) from attempts as a where a.task_id = t.id and a.outcome = 'done') as done,
       (select a.outcome from attempts as a where a.task_id = t.id
        order by a.attempt desc limit 1) as last_outcome,
       (select count(*) from events as e
        where e.subject_id = t.id and e.type = 'task.completed') as completions,
       (select count(*) from events as c join events as d on d.subject_id = c.subject_id
        where c.subject_id = t.id and c.type = 'task.claimed' and d.type = 'task.completed'
          and c.id > d.id) as claims_after,
       exists (select 1 from outbox as o where o.task_id = t.id) as waits
     from tasks as t where t.run_id is null`,
  )
  return new Map(rows.map((row) => [row.id, faultOf(row)]))
}

const faultOf = (row: {
  status: string
  attempt: number
  attempts: number
  done: number
  last_outcome: string | null
  completions: number
  claims_after: number
  waits: boolean
}): string | null => {
  if (row.status !== 'DONE') return `is ${row.status}`
  if (row.waits) return 'is done and still in the outbox'
  if (row.done !== 1) return `succeeded ${row.done} times`
  if (row.completions !== 1) return `was completed ${row.completions} times`
  if (row.last_outcome !== 'done') return `ran after its end: ${row.last_outcome}`
  if (row.attempts !== row.attempt) return `has ${row.attempts} of ${row.attempt} attempts`
  return row.claims_after === 0 ? null : 'was claimed after its end'
}
