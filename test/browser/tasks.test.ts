import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publishWasm } from '../support/agent-forms.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { openChromium } from '../support/chromium.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

const WORD_COUNT = join(import.meta.dirname, '../../.build/agents/word-count.wasm')
const UNBROKEN = 'W'.repeat(100)
const MARKUP = '<img src=x onerror="document.title=1"> & <script>document.title=2</script>'

let cadre: RunningCadre
let browser: Browser
let dashboard: Dashboard
beforeAll(async () => {
  ;[cadre, browser] = await Promise.all([startCadreOnPostgres(), openChromium()])
  await publishWasm(cadre.client, 'word-count', await readFile(WORD_COUNT))
  dashboard = await openDashboard(browser, cadre)
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

const rowOf = (title: string) => dashboard.page.locator('[data-row]', { hasText: title })

test('no task yet → a way to the first one', async () => {
  await dashboard.page.getByRole('button', { name: 'Give an agent its first task' }).waitFor()
  await dashboard.keepScreenshot('tasks-empty')
})

test('task created elsewhere → appears and is done before the eyes, without a reload', async () => {
  await dashboard.go('/')
  const requests: string[] = []
  dashboard.page.on('request', (request) => requests.push(new URL(request.url()).pathname))
  await cadre.client.tasks.create({ agent_id: 'word-count', title: 'Live one', input: 'a b' })
  await rowOf('Live one').getByRole('img', { name: 'Done' }).waitFor()
  expect(requests).not.toContain('/api/v1/tasks')
  await dashboard.keepScreenshot('tasks')
})

test('new task dialog, by keyboard alone → the task, its output and its history', async () => {
  const { page } = dashboard
  await dashboard.go('/')
  await page.keyboard.press('n')
  await page.getByRole('dialog').getByRole('button', { name: 'Agent', exact: true }).press('Enter')
  await page.getByPlaceholder('Find an agent').waitFor()
  await page.keyboard.type('word-c')
  await page.getByRole('option', { name: /word-count/ }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: 'Title' }).fill('By hand')
  await page.getByRole('textbox', { name: 'Input' }).fill('one two three')
  await dashboard.keepScreenshot('new-task')
  await page.getByRole('button', { name: 'Create task' }).press('Enter')
  await page.getByRole('heading', { name: 'By hand' }).waitFor()
  await page.getByText('exit 0').waitFor()
  expect(await page.getByLabel('Standard output', { exact: true }).textContent()).toContain(
    '"words": 3',
  )
  expect(await page.getByLabel('Events', { exact: true }).getByText('Completed').count()).toBe(1)
  expect(await page.getByRole('region', { name: 'Attempts' }).getByText('#1').count()).toBe(1)
  await dashboard.keepScreenshot('task')
})

test('refused task → the field at fault says why, what was typed stays', async () => {
  const { page } = dashboard
  await dashboard.go('/')
  await page.getByRole('button', { name: 'New task' }).click()
  await page.getByRole('radio', { name: 'Capability' }).click()
  await page.getByRole('textbox', { name: 'Capability' }).fill('text.count')
  await page.getByText('Priority, retries, time and tags').click()
  await page.getByLabel('Retries').fill('1000')
  await page.getByRole('button', { name: 'Create task' }).click()
  await page.getByRole('dialog').getByRole('alert').waitFor()
  expect(await page.getByLabel('Retries').getAttribute('aria-invalid')).toBe('true')
  expect(await page.getByLabel('Retries').inputValue()).toBe('1000')
})

test('markup and endless words in every string → shown as text, nothing overflows', async () => {
  const { page } = dashboard
  const task = await cadre.client.tasks.create({
    agent_id: 'word-count',
    title: MARKUP,
    input: MARKUP,
    tags: [UNBROKEN.slice(0, 64)],
  })
  await cadre.client.tasks.create({ agent_id: 'word-count', title: UNBROKEN, input: UNBROKEN })
  await dashboard.go('/')
  await rowOf(MARKUP).waitFor()
  await rowOf(UNBROKEN).waitFor()
  await dashboard.go(`/tasks/${task.id}`)
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(MARKUP)
  expect(await page.title()).toBe(`${MARKUP} · Cadre`)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280)
})

test('waiting task → says why and for how long; cancelled → says so at once', async () => {
  const { page } = dashboard
  const task = await cadre.client.tasks.create({
    agent_id: 'word-count',
    title: 'Later',
    run_at: new Date(Date.now() + 600_000).toISOString(),
  })
  await dashboard.go(`/tasks/${task.id}`)
  await page.getByText('It was created for a later time.').waitFor()
  await page.getByText(/due in (9|10):\d\d/).waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Cancel task' }).click()
  await page.getByText('It was cancelled before it had a result.').waitFor()
  expect((await cadre.client.tasks.get(task.id)).status).toBe('CANCELLED')
})

test('filters → stand in the address, survive a reload, and hold for what arrives', async () => {
  const { page } = dashboard
  await dashboard.go('/')
  await page.getByRole('radio', { name: 'Cancelled' }).click()
  await rowOf('Later').waitFor()
  expect(page.url()).toContain('status=CANCELLED')
  await page.reload()
  await rowOf('Later').waitFor()
  expect(await rowOf('Live one').count()).toBe(0)
  await dashboard.go('/?q=arrives')
  await cadre.client.tasks.create({ agent_id: 'word-count', title: 'Another' })
  await cadre.client.tasks.create({ agent_id: 'word-count', title: 'This arrives' })
  await rowOf('This arrives').waitFor()
  expect(await page.locator('[data-row]').count()).toBe(1)
})

test('more tasks than a page → load more brings the rest, none twice', async () => {
  const { page } = dashboard
  await cadre.client.tasks.createBatch(
    Array.from({ length: 70 }, (_, index) => ({
      agent_id: 'word-count',
      title: `Many ${index}`,
      run_at: new Date(Date.now() + 3_600_000).toISOString(),
    })),
  )
  await dashboard.go('/?q=Many')
  await rowOf('Many 69').waitFor()
  await page.getByRole('button', { name: 'Load more' }).click()
  await rowOf('Many 0').waitFor()
  const titles = await page.locator('[data-row]').allTextContents()
  expect(titles).toHaveLength(70)
  expect(new Set(titles.map((title) => /Many \d+/.exec(title)?.[0])).size).toBe(70)
})

test('tasks that arrive while a person reads further down → counted, shown on request', async () => {
  const { page } = dashboard
  await dashboard.go('/')
  await page.getByRole('button', { name: 'Load more' }).waitFor()
  await page.evaluate(() => window.scrollTo(0, 600))
  const top = await page.locator('[data-row]').first().getAttribute('href')
  await cadre.client.tasks.create({ agent_id: 'word-count', title: 'Held back' })
  await page.getByRole('button', { name: '1 new task' }).waitFor()
  expect(await page.locator('[data-row]').first().getAttribute('href')).toBe(top)
  await page.getByRole('button', { name: '1 new task' }).click()
  await rowOf('Held back').waitFor()
  expect(await page.evaluate(() => window.scrollY)).toBe(0)
})

test('address of no task → says so, and leads back', async () => {
  await dashboard.go('/tasks/00000000-0000-7000-8000-000000000000')
  await dashboard.page.getByText('There is no such task').waitFor()
  await dashboard.page.getByRole('link', { name: 'See all tasks' }).click()
  await dashboard.page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor()
})
