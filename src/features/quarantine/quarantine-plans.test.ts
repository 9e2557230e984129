import { randomUUID } from 'node:crypto'
import type { AgentId, TaskId, TenantId } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { purgeQuarantined, redriveQuarantined } from '#features/tasks/index.ts'
import type { Db, Queryable } from '#platform/db/db.ts'
import { readmit } from '#platform/outbox/outbox-store.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/support/databases.ts'
import { deleteDeadLettersBefore, listDeadLetters } from './dead-letter-store.ts'
import {
  countInbox,
  findInInbox,
  listGroups,
  listInbox,
  type InboxFilter,
} from './quarantine-store.ts'

// Nothing that people do in the inbox reads tasks that are not in it, however many there are.

const FINISHED = 20_000
const TENANT = randomUUID() as TenantId
const AGENT = randomUUID() as AgentId
const now = new Date('2026-01-02T00:00:00Z')

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  await db.query(
    `insert into tasks (id, tenant_id, kind, agent_id, priority, status, attempt, max_retries,
       backoff_base_ms, backoff_cap_ms, run_at, tags, created_at, updated_at)
     select gen_random_uuid(), $1, 'queued', $2, 2,
       case when n % 4 = 0 then 'QUARANTINED' else 'DONE' end, 1, 3, 0, 0, $3, '{}', $3, $3
     from generate_series(1, ${FINISHED}) as n`,
    [TENANT, AGENT, now],
  )
  await db.query(
    `insert into quarantine (task_id, tenant_id, agent_id, attempt, fingerprint, category, error,
       quarantined_at)
     select id, tenant_id, case when n % 100 = 0 then $1 else gen_random_uuid() end, 1,
       'group ' || n % 200, 'permanent', 'it broke', $2::timestamptz + n * interval '1 second'
     from (select id, tenant_id, row_number() over () as n from tasks
       where status = 'QUARANTINED') as t`,
    [AGENT, now],
  )
  await db.query(
    `insert into quarantine_groups (tenant_id, fingerprint, category, error, tasks, total,
       first_seen_at, last_seen_at, opened_at)
     select tenant_id, fingerprint, 'permanent', 'it broke', count(*), count(*), $1, $1, $1
     from quarantine group by tenant_id, fingerprint`,
    [now],
  )
  await db.query(
    `insert into quarantine_group_agents (tenant_id, fingerprint, agent_id, tasks)
     select tenant_id, fingerprint, agent_id, count(*) from quarantine
     group by tenant_id, fingerprint, agent_id`,
  )
  await db.query(
    `insert into dead_letters (id, tenant_id, queue, headers, reason, deliveries, enqueued_at,
       died_at)
     select gen_random_uuid(), $1, 'tasks.todo', '{}', 'lost', 1, $2,
       $2::timestamptz + n * interval '1 second' from generate_series(1, ${FINISHED}) as n`,
    [TENANT, now],
  )
  await db.query(
    `insert into outbox (task_id, tenant_id, queue, priority, state, available_at, rank_at)
     select gen_random_uuid(), $1, 'q', 2, 'admitted', $2, $2
     from generate_series(1, ${FINISHED}) as n`,
    [TENANT, now],
  )
  for (const table of TABLES) await db.query(`analyze ${table}`)
})
afterAll(() => database.drop())

const TABLES = [
  'tasks',
  'outbox',
  'quarantine',
  'quarantine_groups',
  'quarantine_group_agents',
  'dead_letters',
]

const planOf = async (work: (db: Queryable) => Promise<unknown>): Promise<string> => {
  const plans: string[] = []
  await work({
    notify: () => {},
    query: async (sql, parameters) => {
      const rows = await db.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, parameters)
      plans.push(...rows.map((row) => row['QUERY PLAN']))
      return []
    },
  })
  return plans.join('\n')
}

const taskId = randomUUID() as TaskId
const actor = { id: randomUUID(), name: 'ada' }
const decision = { tenantId: TENANT, actor, now }
const page = { order: 'oldest', behind: { at: now.toISOString(), taskId }, limit: 500 } as const
const list = (filter: InboxFilter) => (on: Queryable) => listInbox(on, TENANT, { ...page, filter })
const groupPage = { agentId: null, category: null, text: null, behind: null, limit: 20 }

const STATEMENTS: Record<string, readonly [(db: Queryable) => Promise<unknown>, RegExp]> = {
  'list the inbox': [list({}), /quarantine_newest/],
  'list a group': [list({ fingerprint: 'group 7' }), /quarantine_of_group/],
  'list an agent': [list({ agentId: AGENT }), /quarantine_of_agent/],
  'list given tasks': [list({ ids: [taskId] }), /quarantine_pkey|quarantine_newest/],
  'count a group': [
    (on) => countInbox(on, TENANT, { fingerprint: 'group 7', until: now }),
    /quarantine_of_group/,
  ],
  'find one': [(on) => findInInbox(on, TENANT, taskId), /quarantine_pkey/],
  'list groups': [
    (on) => listGroups(on, TENANT, { ...groupPage, fingerprint: null }),
    /quarantine_groups_newest/,
  ],
  'read a group': [
    (on) => listGroups(on, TENANT, { ...groupPage, fingerprint: 'group 7' }),
    /quarantine_groups/,
  ],
  redrive: [
    (on) =>
      redriveQuarantined(on, {
        ...decision,
        redrives: [
          {
            task: { id: taskId, priority: 'low', agentId: null, concurrencyKey: null },
            queue: 'q',
            isAdmissible: true,
            isAgentLimited: false,
          },
        ],
        resetsRetries: true,
        inputText: null,
      }),
    /quarantine_pkey/,
  ],
  purge: [
    (on) => purgeQuarantined(on, { ...decision, taskIds: [taskId], reason: null }),
    /quarantine_pkey/,
  ],
  'readmit dead letters': [(on) => readmit(on, [taskId], now), /outbox_pkey/],
  'list dead letters': [
    (on) => listDeadLetters(on, TENANT, { queue: null, text: null, behind: null, limit: 20 }),
    /dead_letters_newest/,
  ],
  'forget dead letters': [(on) => deleteDeadLettersBefore(on, now, 1_000), /dead_letters_oldest/],
}

for (const [name, [statement, index]] of Object.entries(STATEMENTS))
  test(`${name}: grown tables → found by index`, async () => {
    const plan = await planOf(statement)
    expect(plan).toMatch(index)
    expect(plan).not.toMatch(new RegExp(`Seq Scan on (?:${TABLES.join('|')})`))
    if (name === 'list groups' || name.startsWith('list ')) expect(plan).not.toMatch(/tasks_newest/)
  })
