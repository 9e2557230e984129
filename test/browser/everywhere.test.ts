import { randomUUID } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { registerRemote } from '../support/agent-forms.ts'
import { openChromium } from '../support/chromium.ts'
import { openEventStream } from '../support/event-stream-reader.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { lowContrast } from './contrast.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

/** A shift that nobody sees: a tenth of what is called good (web.dev, CLS). */
const LAYOUT_SHIFT_MAX = 0.01
const CHECKED_MS_MAX = 120_000

let cadre: RunningCadre
let browser: Browser
let paths: Record<string, string>
beforeAll(async () => {
  ;[cadre, browser] = await Promise.all([startCadre(), openChromium()])
  paths = await pathsOf(cadre)
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

const PAGES = [
  'tasks',
  'task',
  'workflows',
  'workflow',
  'source',
  'webhooks',
  'runs',
  'run',
  'timeline',
  'undoing',
  'approvals',
  'agents',
  'agent',
  'remote',
  'market',
  'item',
  'versions',
  'usage',
  'offer',
  'publications',
  'reviews',
  'installs',
  'schedules',
  'queues',
  'quarantine',
  'group',
  'letters',
  'health',
  'reference',
  'account',
  'access',
  'audit',
  'absent',
] as const

/** One address of each page, with something to show on it. */
const pathsOf = async (cadre: RunningCadre) => {
  const { client } = cadre
  const [agent] = (await client.agents.search('unit-convert')).agents
  const failing = agent?.examples.find(({ title }) => title.startsWith('Fails on purpose'))
  const task = await client.tasks.create({
    agent_id: 'unit-convert',
    title: 'Fails on purpose',
    input: failing?.input,
    max_retries: 1,
    backoff: { base_seconds: 0 },
  })
  await client.tasks.execute({ agent_id: 'word-count', input: 'some words' })
  await quarantined(cadre, task.id)
  const run = await asking(cadre)
  await client.webhooks.create('count-and-ask', {
    name: 'shop',
    signature: { scheme: 'github' },
    context: { words: '${trigger.text}' },
  })
  await client.webhooks.create('count-and-ask@1.0.0', { name: 'rested' })
  await client.webhooks.change('rested', { is_enabled: false })
  const remote = await registerRemote(client, 'translator', ['text.translate'])
  const own = cadre.clientOf(remote.key).agents
  await own.reportInstance(remote.id, randomUUID(), {
    name: 'worker-3.example:4711',
    transport: 'amqp',
    concurrency: 16,
    in_flight: 3,
  })
  await own.reportInstance(remote.id, randomUUID(), { name: 'by hand', transport: 'http' })
  await client.schedules.create({
    name: 'weekday-report',
    cron: '30 8 * * 1-5',
    time_zone: 'Europe/Berlin',
    task: { agent_id: 'word-count', input: 'some words' },
  })
  await client.schedules.create({
    name: 'rested',
    every_seconds: 5_400,
    is_paused: true,
    task: { capability: 'text.count' },
  })
  await client.schedules.trigger('rested')
  await client.marketplace.publish({ item_type: 'agent', name: 'not-yet', version: '1.0.0' })
  // Admission takes what was published first.
  const isChecked = async () =>
    (await client.marketplace.version('not-yet', '1.0.0')).state !== 'checking'
  await vi.waitUntil(isChecked, { timeout: CHECKED_MS_MAX })
  return {
    tasks: '/',
    task: `/tasks/${task.id}`,
    workflows: '/workflows',
    workflow: '/workflows/count-and-ask?step=ask',
    source: '/workflows/count-and-ask?tab=source',
    webhooks: '/workflows/count-and-ask?tab=webhooks',
    runs: '/runs',
    run: `/runs/${run.id}?step=count`,
    timeline: `/runs/${run.id}?view=timeline&step=ask`,
    undoing: `/runs/${run.id}?view=undo`,
    approvals: '/approvals',
    agents: '/agents',
    agent: '/agents/unit-convert',
    remote: `/agents/${remote.id}`,
    market: '/marketplace?q=wrod+count&type=agent',
    item: '/marketplace/word-count',
    versions: '/marketplace/word-count?tab=versions',
    usage: '/marketplace/word-count?tab=usage',
    offer: '/marketplace/publish?type=agent&name=word-count&version=1.0.0',
    publications: '/marketplace/publications',
    reviews: '/marketplace/reviews',
    installs: '/marketplace/installs',
    schedules: '/schedules',
    queues: '/queues',
    quarantine: '/quarantine',
    group: `/quarantine?group=${(await client.quarantine.get(task.id)).fingerprint}`,
    letters: '/quarantine?tab=dead-letters',
    health: '/status',
    reference: '/reference?op=POST+%2Ftasks',
    account: '/account',
    access: '/access?tab=explain',
    audit: '/audit',
    absent: '/nowhere',
  }
}

/** Follows the stream until the task needs a person. */
const quarantined = async ({ client, url, key }: RunningCadre, taskId: string) => {
  const stream = await streamOf({ url, key })
  if ((await client.tasks.get(taskId)).status !== 'QUARANTINED')
    await stream.waitFor(({ data }) => data.includes('"task.quarantined"') && data.includes(taskId))
  await stream.close()
}

/** A run that counted words, which can be undone, and now asks a person. */
const asking = async ({ client, url, key }: RunningCadre) => {
  const count = { agent: 'word-count', input: 'some words' }
  await client.workflows.publish({
    name: 'count-and-ask',
    version: '1.0.0',
    description: 'Counts words and asks whether they are enough',
    tags: ['words'],
    steps: {
      count: { title: 'Count the words', ...count, compensation: count },
      ask: {
        needs: 'count',
        approval: { message: 'Enough words?', input: '${steps.count.result}' },
      },
      thank: { needs: 'ask', ...count },
    },
  })
  const stream = await streamOf({ url, key })
  const { run } = await client.runs.trigger('count-and-ask')
  await stream.waitFor(({ data }) => data.includes('"approval.requested"'))
  await stream.close()
  return run
}

const streamOf = ({ url, key }: Pick<RunningCadre, 'url' | 'key'>) =>
  openEventStream(`${url}/api/v1/events`, { authorization: `Bearer ${key}` })

/** Until nothing is being loaded any more. */
const settled = (page: Page) =>
  page.waitForFunction(() => document.querySelector('.animate-breathe, [aria-busy]') === null)

const canvasOf = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.body).backgroundColor)

/** Shows the page in the other theme; resolves when no colour is on its way to another any more. */
const turnDark = async (page: Page) => {
  const light = await canvasOf(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.waitForFunction(
    (before) =>
      getComputedStyle(document.body).backgroundColor !== before &&
      document.getAnimations().every((animation) => !(animation instanceof CSSTransition)),
    light,
  )
}

/** Comes to a page from one that has nothing in common with it, so that all of it is drawn anew. */
const anew = async ({ page, visit }: Dashboard, path: string) => {
  const elsewhere = page.getByText('There is no page at this address')
  await visit('/nowhere')
  await elsewhere.waitFor()
  if (path === '/nowhere') return
  await visit(path)
  await elsewhere.waitFor({ state: 'detached' })
  await page.getByRole('heading', { level: 1 }).waitFor()
}

describe('on a screen', () => {
  let dashboard: Dashboard
  beforeAll(async () => {
    dashboard = await openDashboard(browser, { ...cadre, colorScheme: 'light' })
  })
  afterAll(() => dashboard.close())

  test.each(PAGES)(
    '%s → readable contrast in both themes, nothing moves, no errors',
    async (name) => {
      const { page, problems } = dashboard
      problems.length = 0
      await page.emulateMedia({ colorScheme: 'light' })
      await dashboard.go(paths[name] ?? '')
      await settled(page)
      expect(await dashboard.layoutShift()).toBeLessThan(LAYOUT_SHIFT_MAX)
      expect(await lowContrast(page)).toEqual([])
      await dashboard.keepScreenshot(`${name}-light`)
      await turnDark(page)
      expect(await lowContrast(page)).toEqual([])
      await dashboard.keepScreenshot(`${name}-dark`)
      expect(problems).toEqual([])
    },
  )
})

describe('on a phone', () => {
  const viewport = { width: 390, height: 844 }
  let dashboard: Dashboard
  beforeAll(async () => {
    dashboard = await openDashboard(browser, { ...cadre, viewport, hasTouch: true })
  })
  afterAll(() => dashboard.close())

  test.each(PAGES)('%s → fits, the navigation is at hand', async (name) => {
    const { page } = dashboard
    await anew(dashboard, paths[name] ?? '')
    await settled(page)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(
      viewport.width,
    )
    expect(await page.getByRole('link', { name: 'Agents' }).last().isVisible()).toBe(true)
    await dashboard.keepScreenshot(`${name}-phone`)
  })

  test('places that the bar of a phone has no room for → one press further', async () => {
    const { page, go } = dashboard
    await go('/')
    await page.getByRole('button', { name: 'More', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Health' }).click()
    await page.getByRole('heading', { name: 'Health', level: 1 }).waitFor()
    const current = page.getByRole('navigation').getByRole('button', { name: 'Health' })
    expect(await current.getAttribute('aria-current')).toBe('page')
  })
})

describe('keyboard', () => {
  let dashboard: Dashboard
  beforeAll(async () => {
    dashboard = await openDashboard(browser, cadre)
  })
  afterAll(() => dashboard.close())
  const press = (...keys: string[]) => dashboard.press(...keys)
  const heading = (name: string) =>
    dashboard.page.getByRole('heading', { name, level: 1 }).waitFor()

  test('first tab stop → skip link that leads to the content', async () => {
    await dashboard.go('/')
    await press('Tab')
    expect(await dashboard.page.evaluate(() => document.activeElement?.textContent)).toBe(
      'Skip to content',
    )
    await press('Enter')
    expect(await dashboard.page.evaluate(() => document.activeElement?.id)).toBe('content')
  })

  test('g and a letter → the page, with the focus in it', async () => {
    await press('g', 'a')
    await heading('Agents')
    await press('g', 'w')
    await heading('Workflows')
    await press('g', 'n')
    await heading('Runs')
    await press('g', 'p')
    await heading('Approvals')
    await press('g', 'k')
    await heading('Marketplace')
    await press('g', 's')
    await heading('Schedules')
    await press('g', 'h')
    await heading('Health')
    await press('g', 'r')
    await heading('API reference')
    await press('g', 't')
    await heading('Tasks')
    expect(await dashboard.page.evaluate(() => document.activeElement?.id)).toBe('content')
  })

  test('j, k and Enter → moves through the rows and opens one', async () => {
    await dashboard.page.locator('[data-row]').first().waitFor()
    await press('j', 'j', 'k')
    const isFirst = () => document.activeElement === document.querySelector('[data-row]')
    expect(await dashboard.page.evaluate(isFirst)).toBe(true)
    await press('Enter')
    await dashboard.page.getByRole('link', { name: 'Tasks' }).last().waitFor()
    expect(dashboard.page.url()).toContain('/tasks/')
    await settled(dashboard.page)
  })

  test('command palette → finds an agent on the server and opens it', async () => {
    await press('Control+k')
    await dashboard.page.getByPlaceholder('Find a task, an agent or a command').waitFor()
    await dashboard.page.waitForFunction(() => document.activeElement?.matches('input'))
    await dashboard.page.keyboard.type('word-cou')
    await dashboard.page
      .getByRole('option', { name: /word-count/ })
      .first()
      .waitFor()
    await dashboard.keepScreenshot('palette')
    await press('Enter')
    await heading('word-count')
  })

  test('? → the sheet, Escape → the focus is back; switched off → letters do nothing', async () => {
    await dashboard.page.waitForFunction(() => document.querySelector('dialog[open]') === null)
    // Right behind another key, which begins no sequence.
    await press('Shift', '?')
    await dashboard.page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await dashboard.keepScreenshot('shortcuts')
    await dashboard.page.getByLabel('Single-key shortcuts').click()
    await press('Escape')
    const address = dashboard.page.url()
    await press('g', 'a', '?')
    expect(await dashboard.page.getByRole('dialog').count()).toBe(0)
    expect(dashboard.page.url()).toBe(address)
  })
})

test('chosen theme → holds before the first paint of the next visit', async () => {
  const dashboard = await openDashboard(browser, { ...cadre, colorScheme: 'light' })
  await dashboard.page.getByRole('button', { name: /administrator/ }).click()
  await dashboard.page.getByRole('menuitemradio', { name: 'Dark' }).click()
  await dashboard.page.reload({ waitUntil: 'commit' })
  await dashboard.page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark')
  const { close, page } = dashboard
  const canvas = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme)
  expect(canvas).toBe('dark')
  await close()
})
