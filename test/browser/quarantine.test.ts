import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { openChromium } from '../support/chromium.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

let cadre: RunningCadre
let browser: Browser
let dashboard: Dashboard
beforeAll(async () => {
  ;[cadre, browser] = await Promise.all([startCadreOnPostgres(), openChromium()])
  for (const name of ['invoice-reader', 'mailer']) await registerRemote(cadre.client, name)
  dashboard = await openDashboard(browser, cadre)
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

const quarantined = async (title: string, error: string, agent_id = 'invoice-reader') => {
  const { id } = await cadre.client.tasks.create({ agent_id, title, input: { invoice: title } })
  await cadre.client.tasks.updateStatus(id, { agent_id, new_status: 'IN_PROGRESS' })
  const failure = { agent_id, error_message: error, category: 'permanent' } as const
  await cadre.client.tasks.reportFailure(id, failure)
  return id
}
const groupOf = (error: string) => dashboard.page.locator('[data-row]', { hasText: error })

test('nothing in quarantine → says what would come here', async () => {
  await dashboard.go('/quarantine')
  await dashboard.page.getByRole('heading', { name: 'Nothing needs you' }).waitFor()
  await dashboard.keepScreenshot('quarantine-empty')
})

test('failures while the page is open → gathered in groups before the eyes, and announced', async () => {
  const { page } = dashboard
  await dashboard.go('/quarantine')
  await quarantined('Invoice 17', 'cannot parse invoice 17: no total in /in/17.pdf')
  await page.getByRole('status').filter({ hasText: 'New in quarantine: cannot parse' }).waitFor()
  await groupOf('cannot parse invoice').waitFor()
  for (const n of [18, 19])
    await quarantined(`Invoice ${n}`, `cannot parse invoice ${n}: no total in /in/${n}.pdf`)
  await quarantined('Letter', 'mailbox ada@example.org is full', 'mailer')
  await groupOf('cannot parse invoice').getByText('3', { exact: true }).waitFor()
  await groupOf('mailbox').waitFor()
  expect(await page.locator('[data-row]').count()).toBe(2)
  await dashboard.keepScreenshot('quarantine')
})

test('group → its tasks; task → attempts, another input, due again', async () => {
  const { page } = dashboard
  await dashboard.go('/quarantine')
  await groupOf('cannot parse invoice').click()
  await page.getByRole('heading', { name: '3 tasks in quarantine' }).waitFor()
  await page.getByRole('link', { name: /Invoice 19/ }).waitFor()
  await dashboard.keepScreenshot('quarantine-group')
  await page.getByRole('link', { name: /Invoice 19/ }).click()
  await page.getByRole('heading', { name: 'Invoice 19', level: 1 }).waitFor()
  expect(await page.getByRole('region', { name: 'Attempts' }).getByText('#1').count()).toBe(1)
  await page.getByRole('button', { name: 'Redrive' }).click()
  await page.getByRole('textbox', { name: 'Input' }).fill('{ "invoice": ')
  expect(await page.getByRole('button', { name: 'Redrive with' }).isDisabled()).toBe(true)
  await page.getByRole('textbox', { name: 'Input' }).fill('{ "invoice": "mended" }')
  await dashboard.keepScreenshot('quarantine-redrive')
  await page.getByRole('button', { name: 'Redrive with this input' }).click()
  await page.getByText('The task is due again').waitFor()
  await page.getByLabel('Events', { exact: true }).getByText('Redriven').waitFor()
  const { items } = await cadre.client.tasks.list({ q: 'Invoice 19' })
  expect(await cadre.client.tasks.get(items[0]?.id ?? '')).toMatchObject({
    status: 'TODO',
    input: { invoice: 'mended' },
  })
})

test('redrive of a group → asks with the count, then the group is empty', async () => {
  const { page } = dashboard
  await dashboard.go('/quarantine')
  await groupOf('cannot parse invoice').click()
  await page.getByRole('button', { name: 'Redrive group' }).click()
  await page.getByRole('dialog').getByText('2 tasks', { exact: true }).waitFor()
  await dashboard.keepScreenshot('quarantine-confirm')
  await page.getByRole('button', { name: 'Redrive 2 tasks' }).click()
  await page.getByText('2 tasks redriven').waitFor()
  await page.getByRole('heading', { name: 'Nothing of this kind is in quarantine' }).waitFor()
})

test('filter and purge, by keyboard → gone, and the inbox is empty', async () => {
  const { page } = dashboard
  await quarantined('Kept', 'something else entirely')
  await dashboard.go('/')
  await dashboard.press('g', 'q')
  await page.getByRole('heading', { name: 'Quarantine', level: 1 }).waitFor()
  await groupOf('something else').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('mailbox')
  await groupOf('something else').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Purge matching' }).press('Enter')
  await page.getByRole('button', { name: 'Purge 1 task' }).press('Enter')
  await page.getByRole('heading', { name: 'No failure matches' }).waitFor()
  expect((await cadre.client.tasks.list({ q: 'mailbox' })).items[0]?.status).toBe('CANCELLED')
  expect((await cadre.client.quarantine.list()).items).toHaveLength(1)
})

test('dead letters: none → says so', async () => {
  dashboard.problems.length = 0
  await dashboard.go('/quarantine')
  await dashboard.page.getByRole('radio', { name: 'Dead letters' }).click()
  await dashboard.page.getByRole('heading', { name: 'No dead letters' }).waitFor()
  expect(dashboard.problems).toEqual([])
})
