import { afterAll, beforeAll, expect, test } from 'vitest'
import { lowContrast } from './contrast.ts'
import { asks, MARKUP, openWorkflowSite, type WorkflowSite } from './workflow-site.ts'

let site: WorkflowSite
beforeAll(async () => {
  site = await openWorkflowSite([
    {
      name: 'refund',
      version: '1.0.0',
      steps: {
        manager: {
          title: 'Ask the manager',
          approval: {
            message: 'Refund ${trigger.amount}? ${trigger.note}',
            input: { note: '${trigger.note}' },
            deadline_seconds: 86_400,
          },
        },
        pay: asks('answer', { needs: 'manager' }),
      },
    },
  ])
})
afterAll(() => site.stop())

const card = (text: string) => site.dashboard.page.locator('main li', { hasText: text })
const badge = (text: string) =>
  site.dashboard.page
    .getByRole('link', { name: /^Approvals/ })
    .filter({ visible: true })
    .getByText(text)

test('nothing to decide → said so', async () => {
  await site.dashboard.go('/approvals')
  await site.dashboard.page.getByText('Nothing waits for a decision').waitFor()
  await site.dashboard.keepScreenshot('approvals-empty')
})

test('asked while the page is open → there, counted in the navigation, hostile text as text', async () => {
  const { dashboard, trigger } = site
  await trigger('refund', { amount: 120, note: MARKUP })
  await card('Refund 120?').getByText(MARKUP).first().waitFor()
  await badge('1').waitFor()
  await card('Refund 120?').getByText('23 h left').waitFor()
  await trigger('refund', { amount: 9_000, note: 'no receipt' })
  await card('Refund 9000?').waitFor()
  await badge('2').waitFor()
  expect(await dashboard.page.title()).toBe('Approvals · Cadre')
  expect(await lowContrast(dashboard.page)).toEqual([])
  expect(dashboard.problems).toEqual([])
  await dashboard.keepScreenshot('approvals')
})

test('approved with a comment → gone from the inbox, and the run goes on', async () => {
  const { dashboard, cadre } = site
  const { page } = dashboard
  await card('Refund 120?').getByRole('button', { name: 'Approve' }).click()
  const dialog = page.getByRole('dialog', { name: 'Approve this?' })
  await dialog.getByLabel('Comment').fill('Agreed by telephone')
  await dashboard.keepScreenshot('approval')
  await dialog.getByRole('button', { name: 'Approve' }).click()
  await card('Refund 120?').waitFor({ state: 'detached' })
  await badge('1').waitFor()
  const { items } = await cadre.client.runs.list({ workflow: 'refund' })
  const approved = items.at(-1)
  if (approved === undefined) throw new Error('Two runs were triggered')
  await dashboard.go(`/runs/${approved.id}?step=manager`)
  await page.locator('header:has(h1)').getByText('Completed', { exact: true }).waitFor()
  const panel = page.getByRole('region', { name: 'Step Ask the manager' })
  await panel.getByText('by administrator').waitFor()
  await panel.getByText('Agreed by telephone', { exact: true }).waitFor()
})

test('rejected on the page of its run → the run fails and says by whom', async () => {
  const { dashboard } = site
  const { page } = dashboard
  await dashboard.go('/approvals')
  await card('Refund 9000?').getByRole('link').click()
  const panel = page.getByRole('region', { name: 'Step Ask the manager' })
  await panel.getByRole('button', { name: 'Reject' }).click()
  const dialog = page.getByRole('dialog', { name: 'Reject this?' })
  await dialog.getByLabel('Comment').fill(MARKUP)
  await dialog.getByRole('button', { name: 'Reject' }).click()
  await page.locator('header:has(h1)').getByText('Failed', { exact: true }).waitFor()
  await page.getByText(`Rejected by administrator: ${MARKUP}`).first().waitFor()
  await page.getByRole('button', { name: /^pay, Agent, Not begun/ }).waitFor()
  await badge('1').waitFor({ state: 'detached' })
})

test('decided by somebody else → leaves the inbox by itself', async () => {
  const { dashboard, trigger, cadre } = site
  await dashboard.go('/approvals')
  const run = await trigger('refund', { amount: 7, note: '' })
  await card('Refund 7?').waitFor()
  const { items } = await cadre.client.runs.approvals()
  await cadre.client.runs.decide(run.id, items[0]?.step.id ?? '', 'approve')
  await card('Refund 7?').waitFor({ state: 'detached' })
})
