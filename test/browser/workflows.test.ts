import { afterAll, beforeAll, expect, test } from 'vitest'
import { asks, openWorkflowSite, type WorkflowSite } from './workflow-site.ts'

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
