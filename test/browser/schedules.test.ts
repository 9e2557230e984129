import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { openChromium } from '../support/chromium.ts'
import { signal } from '../support/signals.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'
import { MARKUP } from './workflow-site.ts'

let cadre: RunningCadre
let browser: Browser
let dashboard: Dashboard
beforeAll(async () => {
  ;[cadre, browser] = await Promise.all([startCadreOnPostgres(), openChromium()])
  await registerRemote(cadre.client, 'reporter')
  dashboard = await openDashboard(browser, { ...cadre, timezoneId: 'America/New_York' })
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

const rowOf = (name: string) => dashboard.page.locator('[data-row]', { hasText: name })
const dialog = () => dashboard.page.getByRole('dialog')
const menuOf = async (name: string, item: string) => {
  await dashboard.page.getByRole('button', { name: `More about ${name}` }).click()
  await dashboard.page.getByRole('menuitem', { name: item }).click()
}

test('nothing scheduled → says what belongs here', async () => {
  await dashboard.go('/schedules')
  await dashboard.page.getByText('Nothing is scheduled').waitFor()
})

test('list fails → says so, and tries again when asked', async () => {
  const { page } = dashboard
  await page.route('**/api/v1/schedules?*', (route) => route.fulfill({ status: 503, body: '{}' }))
  await page.goto(`${cadre.url}/schedules`)
  await page.getByText('This could not be loaded').waitFor()
  await page.unroute('**/api/v1/schedules?*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Nothing is scheduled').waitFor()
})

test('new schedule → five starts shown while writing, in both time zones; then in the list', async () => {
  const { page } = dashboard
  await page.getByRole('button', { name: 'New schedule' }).click()
  await dialog().getByRole('button', { name: 'Create schedule' }).click()
  await dialog().getByText('Give it a name.').waitFor()
  await dialog().getByText('Say who should do it.').waitFor()
  await dialog().getByLabel('Name').fill('weekday-report')
  await dialog().getByText('Give it a name.').waitFor({ state: 'detached' })
  await dialog().getByLabel('Cron expression').fill('30 8 * * 1-')
  const preview = dialog().getByRole('region', { name: 'Next starts' })
  await preview.getByText(/cron/).waitFor()
  await dialog().getByLabel('Cron expression').fill('30 8 * * 1-5')
  await dialog().getByLabel('Time zone').fill('Europe/Berlin')
  await preview
    .getByText(/08:30.* Europe\/Berlin/)
    .first()
    .waitFor()
  const expected = await cadre.client.schedules.preview({
    cron: '30 8 * * 1-5',
    time_zone: 'Europe/Berlin',
  })
  const shown = await preview
    .getByRole('listitem')
    .locator('time')
    .evaluateAll((times) => times.map((time) => time.getAttribute('datetime')))
  expect(shown).toEqual(expected.next_runs)
  expect(shown).toHaveLength(5)
  expect(await preview.getByRole('listitem').first().textContent()).toMatch(/0[23]:30.*08:30/)
  await dialog().getByRole('button', { name: 'Agent', exact: true }).click()
  await dialog()
    .getByRole('option', { name: /reporter/ })
    .click()
  await dialog().getByRole('textbox', { name: 'Input' }).fill('daily')
  await dashboard.keepScreenshot('schedule-dialog')
  await dialog().getByRole('button', { name: 'Create schedule' }).click()
  await rowOf('weekday-report')
    .getByText(/08:30.* Europe\/Berlin/)
    .waitFor()
  const { items } = await cadre.client.schedules.list()
  expect(items).toMatchObject([
    {
      name: 'weekday-report',
      cron: '30 8 * * 1-5',
      time_zone: 'Europe/Berlin',
      task: { agent_id: 'reporter', input: 'daily' },
    },
  ])
})

test('name taken → said at its field, the dialog stays', async () => {
  await dashboard.page.getByRole('button', { name: 'New schedule' }).click()
  await dialog().getByLabel('Name').fill('weekday-report')
  await dialog().getByRole('radio', { name: 'Interval' }).click()
  await dialog().getByRole('radio', { name: 'Capability' }).click()
  await dialog().getByRole('textbox', { name: 'Capability' }).fill('text.summarise')
  await dialog().getByRole('button', { name: 'Create schedule' }).click()
  await dialog().getByRole('alert').waitFor()
  await dialog().getByLabel('Name').fill('hourly-digest')
  await dialog().getByRole('button', { name: 'Create schedule' }).click()
  await rowOf('hourly-digest').getByText('every hour').waitFor()
})

test('run now → its task, live, until it is done elsewhere', async () => {
  const { page } = dashboard
  await page.getByRole('button', { name: 'Run weekday-report now' }).click()
  await rowOf('weekday-report').getByText('Waiting', { exact: true }).waitFor()
  const [schedule] = (await cadre.client.schedules.list()).items.filter(
    ({ name }) => name === 'weekday-report',
  )
  await cadre.client.tasks.cancel(schedule?.last_run?.task_id ?? '')
  await rowOf('weekday-report').getByText('Cancelled', { exact: true }).waitFor()
})

test('pause, by the keyboard → waits for its resumption, for everybody', async () => {
  const { page } = dashboard
  await page.getByRole('button', { name: 'Pause weekday-report' }).focus()
  await page.keyboard.press('Enter')
  await rowOf('weekday-report').getByText('when resumed').waitFor()
  expect((await cadre.client.schedules.get('weekday-report')).is_paused).toBe(true)
  await dashboard.keepScreenshot('schedules')
  await cadre.client.schedules.resume('weekday-report')
  await page.getByRole('button', { name: 'Pause weekday-report' }).waitFor()
})

test('edit → only what was changed; the step of an interval goes on', async () => {
  const before = await cadre.client.schedules.create({
    name: 'often',
    every_seconds: 5_400,
    task: { agent_id: 'reporter', tags: ['kept'], timeouts: { execution_seconds: 7 } },
  })
  await menuOf('often', 'Edit schedule')
  expect(await dialog().getByLabel('Every', { exact: true }).inputValue()).toBe('90')
  await dialog().getByText('Title, priority, missed and overlapping runs').click()
  await dialog().getByLabel('While an earlier task is unfinished').selectOption('skip')
  await dialog().getByLabel('Priority').selectOption('high')
  await dialog().getByRole('button', { name: 'Save schedule' }).click()
  await dialog().waitFor({ state: 'detached' })
  const { updated_at: _, task, ...after } = await cadre.client.schedules.get('often')
  const { updated_at: __, task: ___, ...rest } = before
  expect(after).toEqual({ ...rest, overlap: 'skip' })
  expect(task).toMatchObject({
    agent_id: 'reporter',
    priority: 'high',
    tags: ['kept'],
    timeouts: { execution_seconds: 7 },
  })
})

test('delete → asks first, then it is gone', async () => {
  await menuOf('often', 'Delete schedule')
  await dialog().getByRole('button', { name: 'Keep it' }).click()
  await menuOf('often', 'Delete schedule')
  await dialog().getByRole('button', { name: 'Delete schedule' }).click()
  await rowOf('often').waitFor({ state: 'detached' })
  const { items } = await cadre.client.schedules.list()
  expect(items.map(({ name }) => name)).not.toContain('often')
})

test('a workflow, the latest or one version → said in the list; its run is told live', async () => {
  const { page } = dashboard
  for (const version of ['1.0.0', '1.1.0'])
    await cadre.client.workflows.publish({
      name: 'order',
      version,
      trigger: {
        schema: {
          type: 'object',
          required: ['day'],
          properties: { day: { type: 'string', minLength: 1 } },
        },
      },
      steps: { wait: { signal: 'paid' } },
    })
  await page.getByRole('button', { name: 'New schedule' }).click()
  await dialog().getByLabel('Name').fill('order-nightly')
  await dialog().getByLabel('Cron expression').fill('0 2 * * *')
  await dialog().getByRole('radio', { name: 'Starts a workflow' }).click()
  await dialog().getByRole('button', { name: 'Create schedule' }).click()
  await dialog().getByText('Say which one.').waitFor()
  await dialog().getByRole('button', { name: 'Workflow', exact: true }).click()
  await dialog().getByPlaceholder('Find a workflow').fill('ord')
  await dialog()
    .getByRole('option', { name: /^order/ })
    .click()
  const context = dialog().getByLabel('Context')
  await context.fill('{ "day": ')
  await dialog().getByRole('button', { name: 'Create schedule' }).click()
  await dialog()
    .getByText(/^Not JSON yet/)
    .waitFor()
  await context.fill('{ "day": "" }')
  await dialog().getByRole('button', { name: 'Create schedule' }).click()
  await dialog()
    .getByText(/day.*fewer than 1 char/)
    .waitFor()
  await dashboard.keepScreenshot('schedule-of-workflow')
  await context.fill(JSON.stringify({ day: MARKUP }))
  await dialog().getByRole('button', { name: 'Create schedule' }).click()
  await rowOf('order-nightly').getByText('workflow order').waitFor()
  expect(await cadre.client.schedules.get('order-nightly')).toMatchObject({
    task: null,
    workflow: 'order',
    context: { day: MARKUP },
  })

  await page.getByRole('button', { name: 'Run order-nightly now' }).click()
  await rowOf('order-nightly').getByText('Running', { exact: true }).waitFor()
  const [run] = (await cadre.client.runs.list({ workflow: 'order' })).items
  await cadre.client.runs.cancel(run?.id ?? '')
  await rowOf('order-nightly').getByText('Cancelled', { exact: true }).click()
  await page.waitForURL(`${cadre.url}/runs/${run?.id}`)
  await page.goBack()
})

test('edit → another version, then a task in its place; the context as it was, markup and all', async () => {
  const before = await cadre.client.schedules.get('order-nightly')
  await menuOf('order-nightly', 'Edit schedule')
  expect(JSON.parse(await dialog().getByLabel('Context').inputValue())).toEqual({ day: MARKUP })
  await dialog().getByLabel('Name').fill('orders-of-the-night')
  await dialog().getByRole('button', { name: 'Save schedule' }).click()
  await dialog().waitFor({ state: 'detached' })
  await menuOf('orders-of-the-night', 'Edit schedule')
  const isLate = signal()
  const address = /\/api\/v1\/workflows\/order(?:@|%40)1\.0\.0$/
  const { page } = dashboard
  await page.route(address, async (route) => {
    await isLate.promise
    await route.continue()
  })
  await dialog().getByText('The schema that it must fit').waitFor()
  await dialog().getByLabel('Version').selectOption('1.0.0')
  expect(await dialog().getByText('The schema that it must fit').count()).toBe(1)
  isLate.fire()
  await dialog().getByRole('button', { name: 'Save schedule' }).click()
  await dialog().waitFor({ state: 'detached' })
  await rowOf('orders-of-the-night').getByText('workflow order 1.0.0').waitFor()
  await page.unroute(address)
  const { updated_at: _, last_run: __, ...after } = await cadre.client.schedules.get(before.id)
  const { updated_at: ___, last_run: ____, ...rest } = before
  expect(after).toEqual({ ...rest, name: 'orders-of-the-night', workflow: 'order@1.0.0' })

  await menuOf('orders-of-the-night', 'Edit schedule')
  await dialog().getByRole('radio', { name: 'Creates a task' }).click()
  await dialog().getByRole('radio', { name: 'Capability' }).click()
  await dialog().getByRole('textbox', { name: 'Capability' }).fill('text.summarise')
  await dialog().getByText('Title, priority, missed and overlapping runs').click()
  await dialog().getByLabel('Spread').fill('7')
  await dialog().getByRole('button', { name: 'Save schedule' }).click()
  await rowOf('orders-of-the-night').getByText('anyone who can text.summarise').waitFor()

  // One version by its id, as programs name it; a workflow's starts are not spread.
  const { id } = await cadre.client.workflows.get('order@1.0.0')
  await menuOf('orders-of-the-night', 'Edit schedule')
  await dialog().getByRole('radio', { name: 'Starts a workflow' }).click()
  await dialog().getByRole('button', { name: 'Workflow', exact: true }).click()
  await dialog()
    .getByRole('option', { name: /^order/ })
    .click()
  await dialog().getByLabel('Context').fill('{ "day": "monday" }')
  await dialog().getByRole('button', { name: 'Save schedule' }).click()
  await dialog().waitFor({ state: 'detached' })
  expect(await cadre.client.schedules.get(before.id)).toMatchObject({
    task: null,
    workflow: 'order',
    jitter_seconds: 0,
  })
  await cadre.client.schedules.update(before.id, { workflow: id, context: { day: 'monday' } })
  await rowOf('orders-of-the-night').getByText('workflow order 1.0.0').waitFor()
  await menuOf('orders-of-the-night', 'Edit schedule')
  await dialog().getByRole('button', { name: 'Workflow', exact: true }).getByText('order').waitFor()
  expect(await dialog().getByLabel('Version').inputValue()).toBe('1.0.0')
  await dialog().getByRole('button', { name: 'Cancel' }).click()
  expect(await dashboard.page.title()).toContain('Schedules')
})

test('who may only read → sees the schedules, and is offered no change', async () => {
  const account = await cadre.client.serviceAccounts.create({ name: 'looker', role: 'viewer' })
  const { key } = await cadre.client.keys.create({ label: 'k', service_account_id: account.id })
  const viewer = await openDashboard(browser, { url: cadre.url, key })
  await viewer.go('/schedules')
  await viewer.page.getByRole('heading', { name: 'hourly-digest' }).waitFor()
  const content = viewer.page.getByRole('main')
  expect(await content.getByRole('button').count()).toBe(0)
  await viewer.close()
})
