import { randomUUID } from 'node:crypto'
import type { Browser } from 'playwright-core'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { insertDeadLetters } from '#platform/broker/dead-letter-store.ts'
import { openChromium } from '../support/chromium.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

// A message dies in some other process: what the page sees of it comes through the log.

let cadre: RunningCadre
let browser: Browser
let dashboard: Dashboard
let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await createTestDatabase('postgres')
  db = await database.open()
  ;[cadre, browser] = await Promise.all([
    startCadre({ CADRE_DATABASE_URL: database.url ?? '', CADRE_DEMO_AGENTS: 'false' }),
    openChromium(),
  ])
  dashboard = await openDashboard(browser, cadre)
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
  await database.drop()
})

test('message buried while the page is open → in the list at once', async () => {
  const { page } = dashboard
  await dashboard.go('/quarantine?tab=dead-letters')
  await page.getByRole('heading', { name: 'No dead letters' }).waitFor()
  const { tenant_id } = await cadre.client.session.whoAmI()
  const now = new Date()
  await db.transaction((tx) =>
    insertDeadLetters(tx, [
      {
        message: {
          id: randomUUID(),
          tenantId: tenant_id as TenantId,
          queue: 'tasks.wasm',
          headers: {},
        },
        source: 'rabbitmq',
        reason: 'delivered too often',
        deliveries: 10,
        history: [],
        enqueuedAt: now,
        diedAt: now,
      },
    ]),
  )
  await page.getByText('delivered too often').waitFor()
  await page.getByText('delivered 10 times').waitFor()
})
