import { randomUUID } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { pagesRead, plansOf } from '../../../test/support/plans.ts'
import { listWebhooks, type WebhookPage } from './webhook-store.ts'

// A tenant with many webhooks must not pay for all of them where those of one workflow are listed.

const WEBHOOKS = 10_000
const PAGES_MAX = 200
const TENANT = randomUUID() as TenantId

describe.each(DIALECTS)('%s, with ten thousand webhooks', (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    await db.query('insert into tenants (id, name, created_at) values ($1, $2, now())', [
      TENANT,
      'plans',
    ])
    await db.query(
      `insert into workflow_webhooks (id, tenant_id, name, workflow, token_sha256, is_enabled,
         created_by, created_by_name, created_at)
       select gen_random_uuid(), $1, 'webhook ' || n,
         'workflow-' || n % 1000 || case when n % 3 = 0 then '' else '@1.0.' || n % 7 end,
         md5('token ' || n), true, $1, 'somebody', now()
       from generate_series(1, $2::int) as n`,
      [TENANT, WEBHOOKS],
    )
    await db.query('analyze workflow_webhooks')
  })
  afterAll(() => database.drop())

  const PAGES: Record<string, Partial<WebhookPage>> = {
    all: {},
    'of one workflow': { workflow: 'workflow-7' },
    'of a workflow that has none': { workflow: 'workflow-1000' },
    'further back': { workflow: 'workflow-7', after: ['80000000-0000-4000-8000-000000000000'] },
  }
  test.each(Object.entries(PAGES))('list: %s → by an index', async (_name, page) => {
    for (const on of [db, db.ofTenant(TENANT)]) {
      const plans = await plansOf(on, (tx) =>
        listWebhooks(tx, TENANT, { limit: 20, after: null, ...page }),
      )
      expect(plans).not.toContain('Seq Scan on workflow_webhooks')
      expect(pagesRead(plans)).toBeLessThan(PAGES_MAX)
    }
  })
})
