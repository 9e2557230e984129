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
  for (const name of ['translator', 'mailer']) await registerRemote(cadre.client, name)
  dashboard = await openDashboard(browser, cadre)
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

const queueOf = (title: string) => dashboard.page.locator('[data-row]', { hasText: title })
const settingsOf = async (title: string) =>
  (await cadre.client.queues.list()).items.find((queue) => queue.title.includes(title))

test('tasks while the page is open → counted before the eyes', async () => {
  await dashboard.go('/queues')
  for (let n = 0; n < 3; n++) await cadre.client.tasks.create({ agent_id: 'translator', input: n })
  await cadre.client.tasks.create({ agent_id: 'mailer', input: 'letter' })
  await queueOf('translator').getByText('3', { exact: true }).first().waitFor()
  await queueOf('mailer').waitFor()
})

test('starts → counted by the server, drawn, and still there for who comes later', async () => {
  const agent = await registerRemote(cadre.client, 'runner')
  const client = cadre.clientOf(agent.key)
  for (let n = 0; n < 4; n++) {
    const task = await cadre.client.tasks.create({ agent_id: 'runner' })
    await client.tasks.updateStatus(task.id, { agent_id: 'runner', new_status: 'IN_PROGRESS' })
    await client.tasks.updateStatus(task.id, { agent_id: 'runner', new_status: 'DONE' })
  }
  const starts = queueOf('runner').getByText('4', { exact: true })
  await starts.waitFor()
  await dashboard.go('/queues')
  await starts.waitFor()
  const chart = queueOf('runner').getByRole('img', { name: /Starts of runner.* ten minutes/ })
  const drawn = () =>
    chart
      .locator('rect')
      .evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute('height'))))
  expect(await drawn()).toHaveLength(60)
  expect((await drawn()).filter((height) => height > 0).length).toBeGreaterThan(0)
})

test('pause and resume → at once, for everybody', async () => {
  const { page } = dashboard
  await page.getByRole('button', { name: /Pause .*translator/ }).click()
  await queueOf('translator').getByText('Paused', { exact: true }).waitFor()
  expect((await settingsOf('translator'))?.is_paused).toBe(true)
  await dashboard.keepScreenshot('queues')
  await page.getByRole('button', { name: /Resume .*translator/ }).click()
  await queueOf('translator').getByText('Paused', { exact: true }).waitFor({ state: 'detached' })
  expect((await settingsOf('translator'))?.is_paused).toBe(false)
})

test('limits → checked, saved, shown, and lifted again', async () => {
  const { page } = dashboard
  await page.getByRole('button', { name: /Edit limits of .*mailer/ }).click()
  await page.getByLabel('At the same time', { exact: true }).fill('none')
  await page.getByText('A number above 0, or nothing').waitFor()
  await page.getByLabel('At the same time', { exact: true }).fill('2')
  await page.getByLabel('Starts per second').fill('0.5')
  await dashboard.keepScreenshot('queue-limits')
  await page.getByRole('button', { name: 'Save limits' }).click()
  await queueOf('mailer')
    .getByText(/of 2 at the same time · 0.5 starts per second/)
    .waitFor()
  expect((await settingsOf('mailer'))?.limits).toMatchObject({
    concurrency_max: 2,
    rate_per_second: 0.5,
  })
  await page.getByRole('button', { name: /Edit limits of .*mailer/ }).click()
  for (const field of ['At the same time', 'Starts per second'])
    await page.getByLabel(field, { exact: true }).fill('')
  await page.getByRole('button', { name: 'Save limits' }).click()
  await queueOf('mailer').getByText('No limits').waitFor()
})
