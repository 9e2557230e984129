import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { WebhookReceipt } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDashboard } from './dashboard.ts'
import { asks, MARKUP, openWorkflowSite, type WorkflowSite } from './workflow-site.ts'

const SOURCE = `# What a night's report needs.
name: report
version: 1.1.0
description: Counts what a day brought
trigger:
  schema:
    type: object
    required: [day]
    properties:
      day: { type: string, minLength: 1 }
steps:
  collect: { agent: worker, input: answer }
  write: { title: Write it, agent: worker, input: answer, needs: collect }
`

let site: WorkflowSite
beforeAll(async () => {
  site = await openWorkflowSite([
    { name: 'report', version: '1.0.0', steps: { collect: asks('answer') } },
    {
      name: 'order',
      version: '1.0.0',
      steps: { reserve: asks('answer', { compensation: asks('answer') }) },
    },
  ])
})
afterAll(() => site.stop())

const row = (name: string) => site.dashboard.page.locator('main li', { hasText: name })

test('published while the list is open → its latest version is there', async () => {
  const { dashboard, cadre } = site
  await dashboard.go('/workflows')
  await row('report').getByText('1.0.0').waitFor()
  await row('order').getByText('Saga').waitFor()
  await row('order').getByText('Never run').waitFor()
  await cadre.client.workflows.publish({ source: SOURCE })
  await row('report').getByText('1.1.0').waitFor()
  await dashboard.keepScreenshot('workflows')
})

test('a run of it → its state in the list, without a reload', async () => {
  await site.trigger('order')
  await row('order').getByText('Completed').waitFor()
})

test('the definition → its source with line numbers, its graph, its versions', async () => {
  const { dashboard } = site
  const { page } = dashboard
  await dashboard.go('/workflows')
  await row('report').getByRole('link').click()
  await page.getByRole('heading', { name: 'report 1.1.0' }).waitFor()
  await page.getByRole('button', { name: /^Write it, Agent/ }).click()
  const panel = page.getByRole('region', { name: 'Step Write it' })
  await panel.getByText('collect', { exact: true }).waitFor()
  await dashboard.keepScreenshot('workflow')
  await page.getByRole('radio', { name: 'Source' }).click()
  const source = page.getByRole('region', { name: 'Source of the definition' })
  expect(await source.locator('pre').nth(1).textContent()).toBe(SOURCE.trimEnd())
  expect(await source.locator('pre').first().textContent()).toMatch(/^1\n2\n.*\n13$/s)
  await dashboard.keepScreenshot('workflow-source')
  await page.getByRole('radio', { name: 'Versions' }).click()
  await page.getByRole('link', { name: /1\.0\.0/ }).click()
  await page.getByRole('heading', { name: 'report 1.0.0' }).waitFor()
  expect(page.url()).toContain('version=1.0.0')
})

test('a context that the schema refuses → said at the field; a good one → the run', async () => {
  const { dashboard, cadre } = site
  const { page } = dashboard
  await dashboard.go('/workflows')
  await page.getByRole('button', { name: 'Trigger report' }).click()
  const dialog = page.getByRole('dialog', { name: /^Trigger report/ })
  const context = dialog.getByLabel('Context')
  await page.waitForFunction(() => document.querySelector('textarea')?.value.includes('day'))
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await dialog.getByText(/day.*fewer than 1 char/).waitFor()
  await dashboard.keepScreenshot('trigger-refused')
  await context.fill('{ "day": ')
  await dialog.getByText(/^Not JSON yet/).waitFor()
  await context.fill('{ "day": "2026-07-01" }')
  await dialog.getByLabel('Idempotency key').fill('the-first-of-july')
  await dialog.getByRole('button', { name: 'Start the run' }).click()
  await page.waitForURL(/\/runs\//)
  await page.locator('header:has(h1)').getByText('Completed', { exact: true }).waitFor()
  const { items } = await cadre.client.runs.list({ workflow: 'report' })
  expect(items).toHaveLength(1)

  // The same key again leads to the same run.
  const address = page.url()
  await dashboard.go('/workflows/report')
  await page.getByRole('button', { name: 'Trigger' }).click()
  await page.getByLabel('Context').fill('{ "day": "2026-07-01" }')
  await page.getByLabel('Idempotency key').fill('the-first-of-july')
  await page.getByRole('button', { name: 'Start the run' }).click()
  await page.waitForURL(address)
})

const createWebhook = async (name: string, fill: () => Promise<void> = async () => {}) => {
  const { page } = site.dashboard
  await page.getByRole('button', { name: 'New webhook' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await fill()
  await dialog.getByRole('button', { name: 'Create webhook' }).click()
  const example = dialog.getByLabel('Example with curl', { exact: true })
  await example.waitFor()
  return (await example.textContent()) ?? ''
}
/** Sends the example as somebody who copied it into a shell. */
const runExample = async (script: string) => {
  const { stdout } = await promisify(execFile)('sh', ['-c', script.replace('curl ', 'curl -s ')])
  return JSON.parse(stdout) as WebhookReceipt
}

test('a new webhook → its faults at their fields; its address once; the example starts a run', async () => {
  const { dashboard, cadre } = site
  const { page } = dashboard
  await dashboard.go('/workflows/report?tab=webhooks')
  await page.getByText('No webhooks').waitFor()
  await page.getByRole('button', { name: 'New webhook' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Create webhook' }).click()
  await dialog.getByText('Say who sends.').waitFor()
  await dialog.getByLabel('Name').fill(MARKUP)
  await dialog.getByLabel('Signature').selectOption('Standard Webhooks')
  await dialog.getByLabel('Secret').fill('no base64, surely')
  await dialog.getByLabel('Good for').fill('soon')
  await dialog.getByLabel('Context').fill('{ "day": "${trigger.', { force: true })
  await dialog.getByText(/^Not JSON yet/).waitFor()
  await dialog.getByLabel('Context').fill('{ "day": "${trigger." }')
  const fault = (label: string) =>
    dialog.locator('div:has(> label)', { hasText: label }).locator('p.text-bad')
  await dialog.getByRole('button', { name: 'Create webhook' }).click()
  await fault('Good for').waitFor()
  await dialog.getByLabel('Good for').fill('60')
  await dialog.getByRole('button', { name: 'Create webhook' }).click()
  await fault('Context').waitFor()
  await dialog
    .getByLabel('Context')
    .fill(JSON.stringify({ day: '${trigger.data.day}', note: MARKUP }))
  await dialog.getByRole('button', { name: 'Create webhook' }).click()
  await fault('Secret').waitFor()
  await dashboard.keepScreenshot('webhook-refused')
  await dialog.getByLabel('Secret').fill('')
  await dialog.getByLabel('Version').selectOption('1.0.0')
  await dialog.getByRole('button', { name: 'Create webhook' }).click()

  const address = dialog.getByRole('region', { name: 'Address' }).locator('code')
  expect(await address.textContent()).toMatch(new RegExp(`^${cadre.url}/api/v1/hooks/hook_\\S+$`))
  const secret = dialog.getByRole('region', { name: 'Signing secret' }).locator('code')
  expect(await secret.textContent()).toMatch(/^whsec_/)
  await dashboard.keepScreenshot('webhook-shown')
  const example = await dialog.getByLabel('Example with curl', { exact: true }).textContent()
  const { run_id: id } = await runExample(example ?? '')
  const run = await cadre.client.runs.get(id)
  expect([run.workflow_version, run.context]).toEqual(['1.0.0', { day: 'text', note: MARKUP }])
  await page.keyboard.press('Escape')
  expect(await address.isVisible()).toBe(true)
  await dialog.getByRole('button', { name: 'I have kept them' }).click()

  const made = page.getByRole('main').getByRole('listitem', { name: MARKUP })
  await made.getByText(/^starts 1\.0\.0, always · made by administrator/).waitFor()
  await made.getByText('Context made from the body').click()
  const mapped = made.getByLabel('Context made from the body', { exact: true })
  expect(JSON.parse((await mapped.textContent()) ?? '')).toMatchObject({ note: MARKUP })
  await dashboard.keepScreenshot('webhooks')
  expect(await page.title()).not.toMatch(/^[12]$/)
})

test('unsigned, GitHub and Stripe with a secret full of quotes → each example starts a run', async () => {
  const { dashboard, cadre } = site
  const { page } = dashboard
  await dashboard.go('/workflows/report?tab=webhooks')
  for (const scheme of ['None', 'GitHub', 'Stripe']) {
    const example = await createWebhook(`by ${scheme}`, async () => {
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Signature').selectOption(scheme)
      if (scheme !== 'None') await dialog.getByLabel('Secret').fill(`it's "$(quoted)" \\ ; \`x\``)
    })
    expect(await page.getByRole('region', { name: 'Signing secret' }).count()).toBe(0)
    const { run_id: id } = await runExample(example)
    expect(await cadre.client.runs.get(id)).toMatchObject({ context: { day: 'text' } })
    await page.getByRole('button', { name: 'I have kept it' }).click()
  }
})

test('a name in use → said at its field; disabled, enabled, deleted → so for everybody', async () => {
  const { dashboard, cadre } = site
  const { page } = dashboard
  await page.getByRole('button', { name: 'New webhook' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('by GitHub')
  await dialog.getByRole('button', { name: 'Create webhook' }).click()
  await dialog.getByText('is taken', { exact: true }).waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  const github = page.getByRole('main').getByRole('listitem', { name: 'by GitHub' })
  await page.getByRole('button', { name: 'Disable by GitHub' }).click()
  await github.getByText('Disabled', { exact: true }).waitFor()
  // Others enable it: said here without a reload.
  await cadre.client.webhooks.change('by GitHub', { is_enabled: true })
  await page.getByRole('button', { name: 'Disable by GitHub' }).waitFor()
  await page.getByRole('button', { name: 'More about by GitHub' }).click()
  await page.getByRole('menuitem', { name: 'Delete webhook' }).click()
  await dialog.getByRole('button', { name: 'Keep it' }).click()
  expect(await github.isVisible()).toBe(true)
  await page.getByRole('button', { name: 'More about by GitHub' }).click()
  await page.getByRole('menuitem', { name: 'Delete webhook' }).click()
  await dialog.getByRole('button', { name: 'Delete webhook' }).click()
  await github.waitFor({ state: 'detached' })
  const { items } = await cadre.client.webhooks.list({ workflow: 'report' })
  expect(items.map(({ name }) => name)).not.toContain('by GitHub')
})

test('who may only read webhooks → sees them and is offered no change; who may not → no tab', async () => {
  const { cadre, browser } = site
  const keyWith = async (scopes: string[]) =>
    (await cadre.client.keys.create({ label: scopes.join(' '), scopes })).key
  const reading = ['workflow.read', 'run.read', 'event.read']
  const reader = await openDashboard(browser, {
    url: cadre.url,
    key: await keyWith([...reading, 'webhook.read']),
  })
  await reader.page.goto(`${cadre.url}/workflows/report?tab=webhooks`)
  const tab = reader.page.getByRole('region', { name: 'Webhooks' })
  await tab.getByText('by Stripe').waitFor()
  expect(await tab.getByRole('button', { name: /webhook|able|More/ }).count()).toBe(0)
  await reader.close()
  const stranger = await openDashboard(browser, { url: cadre.url, key: await keyWith(reading) })
  await stranger.page.goto(`${cadre.url}/workflows/report`)
  await stranger.page.getByRole('radio', { name: 'Versions' }).waitFor()
  expect(await stranger.page.getByRole('radio', { name: 'Webhooks' }).count()).toBe(0)
  await stranger.close()
})

test('two thousand steps → drawn, with no more in the page than is in sight', async () => {
  const { dashboard, cadre } = site
  const steps = Array.from({ length: 2_000 }, (_, index) => [
    `step_${index}`,
    asks('answer', { needs: index === 0 ? [] : [`step_${Math.floor((index - 1) / 20)}`] }),
  ])
  await cadre.client.workflows.publish({
    name: 'wide',
    version: '1.0.0',
    steps: Object.fromEntries(steps) as Record<string, ReturnType<typeof asks>>,
  })
  dashboard.problems.length = 0
  await dashboard.go('/workflows/wide')
  const nodes = dashboard.page.locator('.react-flow__node')
  await nodes.first().waitFor()
  expect(await nodes.count()).toBeLessThan(400)
  await dashboard.page.getByRole('button', { name: /^step_0, Agent/ }).click()
  await dashboard.page.getByRole('region', { name: 'Step step_0' }).waitFor()
  expect(dashboard.problems).toEqual([])
})

test('no such workflow → said, with a way on', async () => {
  const { page } = site.dashboard
  await page.goto(`${site.cadre.url}/workflows/nothing`)
  await page.getByRole('heading', { name: 'There is no such workflow' }).waitFor()
})
