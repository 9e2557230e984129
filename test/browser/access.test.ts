import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { openChromium } from '../support/chromium.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

const ATTACK = '<img src=x onerror="window.attacked=1">'

let cadre: RunningCadre
let browser: Browser
let dashboard: Dashboard
let agentId: string
let viewerKey: string
beforeAll(async () => {
  ;[cadre, browser] = await Promise.all([startCadreOnPostgres(), openChromium()])
  await registerRemote(cadre.client, 'reporter')
  agentId = (await cadre.client.agents.list()).items[0]?.id ?? ''
  const account = await cadre.client.serviceAccounts.create({ name: 'monitor', role: 'viewer' })
  const key = { label: 'monitor', service_account_id: account.id }
  viewerKey = (await cadre.client.keys.create(key)).key
  dashboard = await openDashboard(browser, cadre)
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

const dialog = () => dashboard.page.getByRole('dialog')
const rowOf = (text: string) => dashboard.page.getByRole('listitem').filter({ hasText: text })

test('own role → permits what is written, shows what it inherits, can be changed and deleted', async () => {
  const { page } = dashboard
  await dashboard.go('/access')
  await page.getByRole('button', { name: 'New role' }).click()
  await dialog().getByLabel('Name').fill('Not A Name')
  await dialog().getByRole('button', { name: 'run.*' }).click()
  await dialog().getByRole('button', { name: 'Create role' }).click()
  await dialog().locator('[aria-invalid="true"]').waitFor()
  await dialog().getByLabel('Name').fill('release-manager')
  await dialog().getByLabel('viewer').check()
  await dialog().getByRole('button', { name: 'Create role' }).click()
  await rowOf('release-manager').locator('summary').click()
  await rowOf('release-manager').getByText('workflow.read', { exact: true }).waitFor()
  expect((await cadre.client.roles.get('release-manager')).actions).toContain('run.approve')

  await rowOf('release-manager').getByRole('button', { name: 'Edit role' }).click()
  await dialog().getByRole('textbox', { name: 'Actions' }).fill('run.start nonsense')
  await dialog().getByRole('button', { name: 'Save role' }).click()
  await dialog().locator('textarea[aria-invalid="true"]').waitFor()
  await dialog().getByRole('textbox', { name: 'Actions' }).fill('run.start')
  await dialog().getByRole('button', { name: 'Save role' }).click()
  await dialog().waitFor({ state: 'detached' })
  expect((await cadre.client.roles.get('release-manager')).actions).not.toContain('run.approve')
  await rowOf('release-manager').getByRole('button', { name: 'Delete role' }).click()
  await dialog().getByRole('button', { name: 'Delete role' }).click()
  await rowOf('release-manager').waitFor({ state: 'detached' })
})

test('grant → needs who, what, on which and why; works until it is withdrawn', async () => {
  const { page } = dashboard
  await dashboard.go('/access?tab=grants')
  await page.getByText('No grants').waitFor()
  await page.getByRole('button', { name: 'New grant' }).click()
  await dialog().getByRole('button', { name: 'Grant', exact: true }).click()
  for (const fault of ['Say who.', 'Say what.', 'Say on which.', 'Say why.'])
    await dialog().getByText(fault).waitFor()
  await dialog().getByLabel('Who', { exact: true }).selectOption('monitor')
  await dialog().getByRole('textbox', { name: 'Actions' }).fill('agent.manage')
  await dialog().getByLabel('Its id').fill(agentId)
  await dialog().getByLabel('Until').fill('2099-01-01T08:30')
  await dialog().getByLabel('Reason').fill(ATTACK)
  await dialog().getByRole('button', { name: 'Grant', exact: true }).click()
  await rowOf(ATTACK)
    .getByText(/until 1 Jan 2099/)
    .waitFor()
  const monitor = cadre.clientOf(viewerKey)
  expect((await monitor.agents.disable(agentId)).enabled).toBe(false)
  await page.getByRole('button', { name: 'Withdraw the grant of monitor' }).click()
  await dialog().getByRole('button', { name: 'Withdraw' }).click()
  await page.getByText('No grants').waitFor()
  await expect(monitor.agents.enable(agentId)).rejects.toThrow()
  await cadre.client.agents.enable(agentId)
})

test('policy → faults at line and column, tried on recent decisions, activated, explained, deactivated', async () => {
  const { page } = dashboard
  const urgent = { agent_id: 'reporter', input: 'now', priority: 'urgent' } as const
  await cadre.client.tasks.create(urgent)
  await dashboard.go('/access?tab=policies')
  await page.getByText('No policies').waitFor()
  await page.getByRole('link', { name: 'New policy' }).click()
  await page.getByLabel('Name').fill(ATTACK)
  const text = page.getByLabel('Text in Cedar')
  const rule = (priority: string) =>
    `forbid (principal, action == Action::"task.create", resource)\nwhen { resource.${priority} };`
  await text.fill(rule('priorty == "urgent"'))
  await page
    .getByRole('button', { name: /^Line \d/ })
    .first()
    .click()
  expect(await text.evaluate((area) => document.activeElement === area)).toBe(true)
  await text.fill(rule('priority == "urgent"'))
  await page.getByText('No problems found').waitFor()
  await page.getByRole('button', { name: 'Save as a draft' }).click()
  await page.getByRole('heading', { name: ATTACK, level: 1 }).waitFor()

  await page.getByRole('button', { name: 'Activate version 1' }).first().click()
  await dialog().getByText('Newly refused').waitFor()
  await dialog().getByRole('listitem').filter({ hasText: 'task.create' }).first().waitFor()
  await dialog().getByRole('button', { name: 'Activate', exact: true }).click()
  await page.getByText('Active · version 1').waitFor()
  await expect(cadre.client.tasks.create(urgent)).rejects.toThrow()

  await text.fill(rule('priority == "high"'))
  await page.getByRole('button', { name: 'Save as version 2' }).click()
  await page.getByText('Version 2 waits').waitFor()
  await expect(cadre.client.tasks.create(urgent)).rejects.toThrow()
  await page.getByRole('button', { name: 'Deactivate' }).click()
  await dialog().getByText('Decided again').waitFor()
  await dialog().getByRole('button', { name: 'Deactivate' }).click()
  await page.getByText('Draft').waitFor()
  await cadre.client.tasks.create(urgent)
  await page.getByRole('button', { name: `Delete ${ATTACK}` }).click()
  await dialog().getByRole('button', { name: 'Delete policy' }).click()
  await page.getByText('No policies').waitFor()
})

test('explainer → the decision about somebody, as a sentence and by what was looked at', async () => {
  const { page } = dashboard
  await dashboard.go('/access?tab=explain')
  await page.getByLabel('Who').selectOption('monitor')
  await page.getByLabel('Does what').fill('agent.manage')
  await page.getByLabel('Object').selectOption('Agent')
  await page.getByLabel('Its id').fill(agentId)
  await page.getByRole('main').getByRole('button', { name: 'Explain' }).click()
  const decision = page.getByRole('region', { name: 'Decision' })
  await decision.getByText('Refused').waitFor()
  await page
    .getByRole('region', { name: 'What was looked at' })
    .getByText('Role viewer', { exact: true })
    .waitFor()
  await page.getByLabel('Does what').fill('agent.read')
  await page.keyboard.press('Enter')
  await decision.getByText('Permitted').waitFor()
})

test('audit log → found by actor, action and decision; before and after; verified; exported', async () => {
  const { page } = dashboard
  await cadre
    .clientOf(viewerKey)
    .agents.disable(agentId)
    .catch(() => {})
  await cadre.client.agents.disable(agentId)
  await dashboard.go('/audit')
  const records = page.getByRole('list', { name: 'Audit records' }).getByRole('listitem')
  await page.getByRole('searchbox', { name: 'Action, such as agent.*' }).fill('agent.')
  await records.filter({ hasText: 'key.issue' }).first().waitFor({ state: 'detached' })
  await records.filter({ hasText: 'agent.disable' }).first().locator('summary').click()
  const changed = page.getByRole('region', { name: 'What changed' })
  await changed.getByRole('row', { name: /enabled true false/ }).waitFor()

  await page.getByRole('searchbox', { name: 'Action, such as agent.*' }).fill('')
  await page.getByRole('searchbox', { name: 'Actor' }).fill('monitor')
  await page.getByRole('radio', { name: 'Refused' }).click()
  await records.filter({ hasText: 'administrator' }).first().waitFor({ state: 'detached' })
  await records.filter({ hasText: 'agent.manage' }).first().waitFor()
  expect(new URL(page.url()).searchParams.get('decision')).toBe('denied')
  await page.getByLabel('From').fill('2099-01-01T00:00')
  await page.getByText('No record matches').waitFor()
  await page.getByRole('link', { name: 'Clear filters' }).click()

  await page.getByRole('button', { name: 'Verify' }).click()
  await page.getByText(/^Whole: \d+ records checked/).waitFor()
  const downloading = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export' }).click()
  expect((await downloading).suggestedFilename()).toBe('cadre-audit.ndjson')
  for (const path of ['/audit', '/access?tab=grants', '/access?tab=policies']) {
    await dashboard.go(path)
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.evaluate(() => 'attacked' in window)).toBe(false)
  }
})

test('viewer → sees roles, and is offered neither changes nor the rest', async () => {
  const viewer = await openDashboard(browser, { url: cadre.url, key: viewerKey })
  await viewer.go('/access')
  await viewer.page.getByText('supervisor').waitFor()
  expect(await viewer.page.getByRole('main').getByRole('button').count()).toBe(0)
  expect(await viewer.page.getByRole('radio').count()).toBe(1)
  await viewer.close()
})

test('tenant → made with a key shown once, suspended with a reason, resumed, deleted by its name', async () => {
  const { page } = dashboard
  await dashboard.go('/tenants')
  await page.getByRole('button', { name: 'New tenant' }).click()
  await dialog().getByLabel('Name', { exact: true }).fill('acme')
  await dialog().getByLabel('Name for people').fill(ATTACK)
  await dialog().getByRole('button', { name: 'Create tenant' }).click()
  await dialog().getByText('only time').waitFor()
  const key = (await dialog().locator('code').textContent()) ?? ''
  await dialog().getByRole('button', { name: 'I have kept it' }).click()
  const boss = await openDashboard(browser, { url: cadre.url, key })
  await boss.go('/tenants')
  await boss.page.getByRole('heading', { name: ATTACK }).waitFor()
  expect(await boss.page.getByRole('main').getByRole('button').count()).toBe(0)

  await page.getByRole('button', { name: 'Suspend acme' }).click()
  await dialog().getByLabel('Reason').fill('Not paid')
  await dialog().getByRole('button', { name: 'Suspend' }).click()
  await rowOf('acme').getByText('Not paid').waitFor()
  await boss.page.goto(`${cadre.url}/agents`)
  await boss.page.getByRole('heading', { name: 'This tenant is suspended' }).waitFor()
  await page.getByRole('button', { name: 'Resume acme' }).click()
  await rowOf('acme').getByText('Suspended').waitFor({ state: 'detached' })
  await boss.page.getByRole('button', { name: 'Try again' }).click()
  await boss.page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor()
  await boss.close()

  await page.getByRole('button', { name: 'Suspend acme' }).click()
  await dialog().getByLabel('Reason').fill('Gone')
  await dialog().getByRole('button', { name: 'Suspend' }).click()
  await page.getByRole('button', { name: 'More about acme' }).click()
  await page.getByRole('menuitem', { name: 'Delete tenant' }).click()
  const remove = dialog().getByRole('button', { name: 'Delete for good' })
  expect(await remove.isDisabled()).toBe(true)
  await dialog().getByLabel('Write acme to confirm').fill('acme')
  await remove.click()
  await page.getByText('acme is being deleted').waitFor()
})
