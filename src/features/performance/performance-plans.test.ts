import { randomUUID } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Db, Queryable } from '#platform/db/db.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import {
  addBuckets,
  deleteHoursBefore,
  isKnown,
  sumsByBucket,
  sumsByPart,
  sumsByVersion,
  type Window,
} from './performance-store.ts'
import { bucketsOf } from './workflow-buckets.ts'

// Nobody who looks at performance reads history, nor the sums of other workflows or times.

const TENANT = randomUUID() as TenantId
const BUCKETS = 60_000
const now = new Date('2026-03-01T00:00:00Z')

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  await db.query(
    `insert into workflow_performance
     select $1, 'workflow-' || n % 20, '1.' || n / 20 % 3 || '.0',
       case when n % 2 = 0 then 'hour' else 'day' end, $2::timestamptz - n / 60 * interval '1 hour',
       case when n % 4 < 2 then 'run' else 'step' end, 'step-' || n % 60,
       1, 0, 0, 0, 0, 1, 0, 0, 0, 5, '{300}', '{1}', 1, '{200}', '{1}'
     from generate_series(1, ${BUCKETS}) as n on conflict do nothing`,
    [TENANT, now],
  )
  await db.query('analyze workflow_performance')
})
afterAll(() => database.drop())

interface Plan {
  'Relation Name'?: string
  'Node Type': string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: Plan[]
}

/** Every statement that `work` sends, carried out and taken back; what each node of its plan read. */
const nodesOf = async (work: (on: Queryable) => Promise<unknown>): Promise<Plan[]> => {
  const nodes: Plan[] = []
  const visit = (node: Plan): void => {
    nodes.push(node)
    for (const below of node.Plans ?? []) visit(below)
  }
  const takenBack = new Error('taken back')
  await db
    .transaction(async (tx) => {
      await work({
        notify: () => {},
        query: async (sql, parameters) => {
          const rows = await tx.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
            `explain (analyze, format json) ${sql}`,
            parameters,
          )
          for (const { Plan: plan } of rows.flatMap((row) => row['QUERY PLAN'])) visit(plan)
          return []
        },
      })
      throw takenBack
    })
    .catch((error: unknown) => {
      if (error !== takenBack) throw error
    })
  return nodes
}

const window: Window = {
  tenantId: TENANT,
  workflowName: 'workflow-6',
  version: null,
  grain: 'hour',
  since: new Date('2026-02-26T00:00:00Z'),
  until: now,
}
const bucket = bucketsOf([
  {
    cursor: { xact: '1', id: '1' },
    tenantId: TENANT,
    event: {
      id: '1-1',
      type: 'run.completed',
      subject_id: randomUUID(),
      at: now.toISOString(),
      data: { workflow_name: 'workflow-6', workflow_version: '1.0.0', duration_ms: 3 },
    },
  },
])
const ROWS_MAX = 1_000

const STATEMENTS: Record<string, (on: Queryable) => Promise<unknown>> = {
  'sums of steps': (on) => sumsByPart(on, window),
  'sums of steps of a version': (on) => sumsByPart(on, { ...window, version: '1.0.0' }),
  'sums of hours': (on) => sumsByBucket(on, window),
  'sums of versions': (on) => sumsByVersion(on, window),
  'is it known?': (on) => isKnown(on, window),
  'adding to what is there': (on) => addBuckets(on, bucket),
  'removing old hours': (on) => deleteHoursBefore(on, now, 500),
}

for (const [name, statement] of Object.entries(STATEMENTS))
  test(`${name}: many sums of others → reads its own, and no other table`, async () => {
    const nodes = await nodesOf(statement)
    expect(nodes.length).toBeGreaterThan(0)
    const tables = new Set(nodes.map((node) => node['Relation Name']).filter((table) => table))
    expect([...tables]).toEqual(['workflow_performance'])
    for (const node of nodes) {
      expect(node['Node Type']).not.toBe('Seq Scan')
      const read = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)
      expect(read * node['Actual Loops'], node['Node Type']).toBeLessThanOrEqual(ROWS_MAX)
    }
  })
