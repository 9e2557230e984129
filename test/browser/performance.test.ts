import type { EventData, EventType } from '@cadre/contract'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../../src/platform/random.ts'
import { openChromium } from '../support/chromium.ts'
import { createTestDatabase, type TestDatabase } from '../support/databases.ts'
import { insertEndedRuns, type EndedRun } from '../support/insert-ended-runs.ts'
import { insertPrincipals } from '../support/insert-principals.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { stepNamed, workflowOf } from '../support/workflow-definitions.ts'
import { lowContrast } from './contrast.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

const HOUR_MS = 3_600_000
const PATH = '/workflows/document-pipeline/performance'

let cadre: RunningCadre
let browser: Browser
let dashboard: Dashboard
let database: TestDatabase

const STEPS: Record<string, { needs: string[]; ms: number; dollars: number }> = {
  collect: { needs: [], ms: 1_200, dollars: 0 },
  classify: { needs: ['collect'], ms: 2_400, dollars: 0.004 },
  'extract-text': { needs: ['collect'], ms: 9_000, dollars: 0.0125 },
  summarise: { needs: ['extract-text'], ms: 6_500, dollars: 0.031 },
  'check-for-personal-data': { needs: ['extract-text'], ms: 3_100, dollars: 0.006 },
  publish: { needs: ['summarise', 'classify', 'check-for-personal-data'], ms: 700, dollars: 0 },
}

/** Two versions over a week; the later one summarises more slowly and at a higher price. */
const runsOf = (version: string, days: readonly number[], slower: number): EndedRun[] => {
  const random = seededRandom(7)
  const definition = workflowOf(
    'document-pipeline',
    Object.entries(STEPS).map(([name, { needs }]) => stepNamed(name, { needs })),
    { version },
  )
  return days.flatMap((daysAgo) =>
    Array.from({ length: 14 }, (_, run): EndedRun => {
      const isFailed = random.fraction() < 0.06
      const events: [EventType, EventData][] = []
      let wholeMs = 0
      let dollars = 0
      for (const [step, { ms, dollars: price }] of Object.entries(STEPS)) {
        const factor = step === 'summarise' ? slower : 1
        const took = ms * factor * (0.7 + random.fraction() * 0.9)
        const cost = price * factor
        wholeMs += took
        dollars += cost
        const attempts = random.fraction() < 0.1 ? 2 : 1
        const figures = { duration_ms: took, wait_ms: 20 + random.fraction() * 400, attempts }
        const end = isFailed && step === 'publish' ? 'step.failed' : 'step.completed'
        events.push([end, { step, cost: cost.toFixed(6), ...figures }])
      }
      const end = isFailed ? 'run.failed' : 'run.completed'
      events.push([end, { duration_ms: wholeMs, cost: dollars.toFixed(6) }])
      const endedAt = new Date(Date.now() - daysAgo * 24 * HOUR_MS - run * 1.6 * HOUR_MS)
      return { definition, endedAt, events }
    }),
  )
}

beforeAll(async () => {
  database = await createTestDatabase('postgres')
  const db = await database.open()
  await insertPrincipals(db, [
    { tenant: 'default', role: 'viewer', key: 'key-of-the-performance-page-tests' },
  ])
  await insertEndedRuns(db, [...runsOf('1.3.0', [3, 4, 5], 1), ...runsOf('1.4.0', [0, 1, 2], 1.8)])
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

const panel = (name: string) => dashboard.page.getByRole('region', { name })

test('a week of runs → figures, charts, steps, paths; nothing moves and nothing is too pale', async () => {
  await dashboard.go(PATH)
  await panel('Runs in this time').getByText('84', { exact: true }).waitFor()
  await panel('Slowest path').getByText('summarise').waitFor()
  expect(await panel('Slowest path').getByRole('listitem').allInnerTexts()).toEqual([
    expect.stringContaining('collect'),
    expect.stringContaining('extract-text'),
    expect.stringContaining('summarise'),
    expect.stringContaining('publish'),
  ])
  expect(await panel('Steps').locator('[data-row]').count()).toBe(6)
  expect(await dashboard.layoutShift()).toBeLessThan(0.01)
  expect(await lowContrast(dashboard.page)).toEqual([])
  await dashboard.keepScreenshot('performance')
})

test('a slower version → the whole and the step that did it are marked, and nothing else', async () => {
  const rows = panel('Versions').locator('[data-row]')
  await rows.first().waitFor()
  expect(await rows.filter({ hasText: 'Regressed' }).locator('th').allInnerTexts()).toEqual([
    expect.stringContaining('Whole run'),
    'summarise',
  ])
  await dashboard.page.getByLabel('Base').selectOption('1.4.0')
  await dashboard.page.getByLabel('Version', { exact: true }).selectOption('1.3.0')
  await rows
    .filter({ hasText: 'summarise' })
    .getByText('Improved', { exact: true })
    .filter({ visible: true })
    .waitFor()
  await panel('Runs in this time').getByText('84', { exact: true }).waitFor()
})

test('charts: arrow keys read them out, slot by slot', async () => {
  const chart = dashboard.page.getByRole('slider', { name: 'Duration' })
  await chart.focus()
  await chart.press('Home')
  expect(await chart.getAttribute('aria-valuenow')).toBe('0')
  await chart.press('End')
  expect(await chart.getAttribute('aria-valuetext')).toMatch(/: p95 .+, p50 .+/)
})

test('time and version → kept in the address, and shown again from it', async () => {
  const { page } = dashboard
  await page.getByRole('radio', { name: '30 d' }).click()
  await page.getByLabel('Of the version').selectOption('1.3.0')
  await panel('Runs in this time').getByText('42', { exact: true }).waitFor()
  await page.waitForURL(/period=30d.*version=/)
  await page.reload()
  await panel('Runs in this time').getByText('42', { exact: true }).waitFor()
})

test('steps: sorted by what is asked for', async () => {
  const { page } = dashboard
  await page.getByRole('button', { name: 'Cost' }).click()
  await page.locator('th[aria-sort=descending]', { hasText: 'Cost' }).waitFor()
  expect(await panel('Steps').locator('[data-row] th').first().innerText()).toContain('summarise')
})

test('back to the workflow → within the same document', async () => {
  const { page } = dashboard
  await page.evaluate(() => {
    document.documentElement.dataset['isSame'] = 'true'
  })
  await page.getByRole('main').getByRole('link', { name: 'document-pipeline' }).click()
  await page.waitForURL(/\/workflows\/document-pipeline$/)
  expect(await page.locator('html').getAttribute('data-is-same')).toBe('true')
})

test('no runs, and no such workflow → said so', async () => {
  await dashboard.go('/workflows/absent/performance')
  await dashboard.page.getByText('There is no such workflow.').waitFor()
})

test('dark and on a telephone → legible, and nothing wider than the screen', async () => {
  const { page, problems, go, keepScreenshot } = dashboard
  const before = problems.length
  for (const [name, colorScheme, viewport] of [
    ['dark', 'dark', { width: 1280, height: 860 }],
    ['telephone', 'light', { width: 390, height: 844 }],
  ] as const) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    await go(PATH)
    await panel('Versions').locator('[data-row]').first().waitFor()
    expect(await lowContrast(page)).toEqual([])
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow).toBeLessThanOrEqual(0)
    await keepScreenshot(`performance-${name}`)
  }
  expect(problems.slice(before)).toEqual([])
  expect(dashboard.problems.filter((problem) => !problem.includes('404'))).toEqual([])
})
