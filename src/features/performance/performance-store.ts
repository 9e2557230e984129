import type { TenantId } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import { OUTCOMES, type Bucket, type Grain, type Part, type Sums } from './performance.ts'

const COUNTS = [...OUTCOMES, 'attempts', 'retries'] as const
const NUMBERS = [...COUNTS, 'cost', 'cost_squares', 'duration_ms_sum', 'wait_ms_sum']

/** Sums two sketches of one row, place by place. */
const mergedSketch = (of: 'duration' | 'wait') => `(${of}_places, ${of}_counts) = (
  select coalesce(array_agg(place order by place), '{}'),
    coalesce(array_agg(count order by place), '{}')
  from (
    select place, sum(count)::bigint as count
    from (select * from unnest(p.${of}_places, p.${of}_counts) as a (place, count)
      union all
      select * from unnest(excluded.${of}_places, excluded.${of}_counts) as b (place, count)) as u
    group by place) as merged)`

/** Adds to what is stored. No two of the buckets may be of the same place. */
export const addBuckets = async (db: Queryable, buckets: readonly Bucket[]): Promise<void> => {
  if (buckets.length === 0) return
  await db.query(
    `insert into workflow_performance as p (tenant_id, workflow_name, workflow_version, grain,
       starts_at, part, step, ${NUMBERS.join(', ')}, duration_places, duration_counts, wait_places,
       wait_counts)
     select n.tenant_id, n.workflow_name, n.workflow_version, n.grain, n.starts_at, n.part, n.step,
       ${NUMBERS.map((name) => `n.${name}`).join(', ')}, n.duration_places, n.duration_counts,
       n.wait_places, n.wait_counts
     from json_to_recordset($1::json) as n (tenant_id uuid, workflow_name text,
       workflow_version text, grain text, starts_at timestamptz, part text, step text,
       ${COUNTS.map((name) => `${name} bigint`).join(', ')}, cost numeric,
       cost_squares double precision, duration_ms_sum double precision,
       wait_ms_sum double precision, duration_places smallint[], duration_counts bigint[],
       wait_places smallint[], wait_counts bigint[])
     on conflict (tenant_id, workflow_name, grain, starts_at, workflow_version, part, step)
     do update set ${NUMBERS.map((name) => `${name} = p.${name} + excluded.${name}`).join(', ')},
       ${mergedSketch('duration')}, ${mergedSketch('wait')}`,
    [JSON.stringify(buckets.map(insertable))],
  )
}

const insertable = (bucket: Bucket) => ({
  tenant_id: bucket.tenantId,
  workflow_name: bucket.workflowName,
  workflow_version: bucket.workflowVersion,
  grain: bucket.grain,
  starts_at: bucket.startsAt,
  part: bucket.part,
  step: bucket.step,
  completed: bucket.completed,
  failed: bucket.failed,
  skipped: bucket.skipped,
  cancelled: bucket.cancelled,
  compensated: bucket.compensated,
  attempts: bucket.attempts,
  retries: bucket.retries,
  cost: bucket.cost,
  cost_squares: bucket.costSquares,
  duration_ms_sum: bucket.durationMsSum,
  wait_ms_sum: bucket.waitMsSum,
  duration_places: bucket.durations.places,
  duration_counts: bucket.durations.counts,
  wait_places: bucket.waits.places,
  wait_counts: bucket.waits.counts,
})

/** Which buckets are summed. */
export interface Window {
  tenantId: TenantId
  workflowName: string
  /** Null for all versions together. */
  version: string | null
  grain: Grain
  since: Date
  /** Excluded. */
  until: Date
}

/** One sum for each … of the runs as a whole, but for `part`: of each part of each step. */
const KEYS = {
  part: "part || ' ' || step",
  bucket: 'to_char(starts_at at time zone \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')',
  version: 'workflow_version',
} as const

interface SumsRow {
  key: string
  completed: number
  failed: number
  skipped: number
  cancelled: number
  compensated: number
  attempts: number
  retries: number
  cost: string
  cost_squares: number
  duration_ms_sum: number
  wait_ms_sum: number
  duration_places: number[] | null
  duration_counts: number[] | null
  wait_places: number[] | null
  wait_counts: number[] | null
}

/** More than there are places. */
const SLOTS = 2_048

/** Groups by a number rather than by texts: there may be a million places to sum. */
const spreadOf = (of: 'duration' | 'wait') => `${of}s as (
  select slot / ${SLOTS} as id, array_agg(slot % ${SLOTS} order by slot) as places,
    array_agg(count order by slot) as counts
  from (
    select t.id * ${SLOTS} + u.place as slot, sum(u.count)::bigint as count
    from chosen as c join totals as t on t.key = c.key
      cross join lateral unnest(c.${of}_places, c.${of}_counts) as u (place, count)
    group by slot) as merged
  group by slot / ${SLOTS})`

/** Reads as many rows as there are buckets in the window, however many executions they stand for. */
const sumBy = async (
  db: Queryable,
  window: Window,
  by: keyof typeof KEYS,
): Promise<{ key: string; sums: Sums }[]> => {
  const rows = await db.query<SumsRow>(
    `with chosen as (
       select ${KEYS[by]} as key, p.* from workflow_performance as p
       where tenant_id = $1 and workflow_name = $2 and grain = $3 and starts_at >= $4
         and starts_at < $5 and ($6::text is null or workflow_version = $6)
         ${by === 'part' ? '' : "and part = 'run'"}),
     totals as (
       select row_number() over (order by key) as id, key, ${COUNTS.map((name) => `sum(${name})::bigint as ${name}`).join(', ')},
         sum(cost)::numeric(38, 6) as cost, sum(cost_squares) as cost_squares,
         sum(duration_ms_sum) as duration_ms_sum, sum(wait_ms_sum) as wait_ms_sum
       from chosen group by key),
     ${spreadOf('duration')}, ${spreadOf('wait')}
     select t.*, d.places as duration_places, d.counts as duration_counts,
       w.places as wait_places, w.counts as wait_counts
     from totals as t left join durations as d on d.id = t.id left join waits as w on w.id = t.id
     order by t.key`,
    [
      window.tenantId,
      window.workflowName,
      window.grain,
      window.since,
      window.until,
      window.version,
    ],
  )
  return rows.map((row) => ({ key: row.key, sums: sumsOf(row) }))
}

const sumsOf = (row: SumsRow): Sums => ({
  completed: row.completed,
  failed: row.failed,
  skipped: row.skipped,
  cancelled: row.cancelled,
  compensated: row.compensated,
  attempts: row.attempts,
  retries: row.retries,
  cost: row.cost,
  costSquares: row.cost_squares,
  durationMsSum: row.duration_ms_sum,
  durations: sketchOfRow(row.duration_places, row.duration_counts),
  waitMsSum: row.wait_ms_sum,
  waits: sketchOfRow(row.wait_places, row.wait_counts),
})

const sketchOfRow = (places: number[] | null, counts: number[] | null) => ({
  places: (places ?? []).map(Number),
  counts: (counts ?? []).map(Number),
})

export interface PartSums {
  part: Part
  step: string
  sums: Sums
}

/** The runs as a whole, and each part of each step. */
export const sumsByPart = async (db: Queryable, window: Window): Promise<PartSums[]> =>
  (await sumBy(db, window, 'part')).map(({ key, sums }) => {
    const space = key.indexOf(' ')
    return { part: key.slice(0, space) as Part, step: key.slice(space + 1), sums }
  })

/** The runs as a whole, of each hour or day that saw one end. */
export const sumsByBucket = async (
  db: Queryable,
  window: Window,
): Promise<{ startsAt: Date; sums: Sums }[]> =>
  (await sumBy(db, window, 'bucket')).map(({ key, sums }) => ({ startsAt: new Date(key), sums }))

/** The runs as a whole, of each version that was run. */
export const sumsByVersion = async (
  db: Queryable,
  window: Window,
): Promise<{ version: string; sums: Sums }[]> =>
  (await sumBy(db, window, 'version')).map(({ key, sums }) => ({ version: key, sums }))

/** Whether anything was ever counted of this workflow, or of this version of it. */
export const isKnown = async (
  db: Queryable,
  { tenantId, workflowName, version }: Pick<Window, 'tenantId' | 'workflowName' | 'version'>,
): Promise<boolean> => {
  const rows = await db.query(
    `select 1 from workflow_performance
     where tenant_id = $1 and workflow_name = $2 and grain = 'day'
       and ($3::text is null or workflow_version = $3) limit 1`,
    [tenantId, workflowName, version],
  )
  return rows.length > 0
}

/**
 * Removes hours that began before `before`; the days stay. Answers how many went. Goes from
 * workflow to workflow by the key: an index on the time would tempt the plans of those who look.
 */
export const deleteHoursBefore = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `with recursive workflow as (
       (select tenant_id, workflow_name from workflow_performance
        order by tenant_id, workflow_name limit 1)
       union all
       select next.* from workflow as w cross join lateral (
         select p.tenant_id, p.workflow_name from workflow_performance as p
         where (p.tenant_id, p.workflow_name) > (w.tenant_id, w.workflow_name)
         order by p.tenant_id, p.workflow_name limit 1) as next)
     delete from workflow_performance where ctid = any (array(
       select old.id from workflow as w cross join lateral (
         select p.ctid as id from workflow_performance as p
         where p.tenant_id = w.tenant_id and p.workflow_name = w.workflow_name
           and p.grain = 'hour' and p.starts_at < $1
         limit $2) as old
       limit $2))
     returning 1`,
    [before, rowsMax],
  )
  return rows.length
}
