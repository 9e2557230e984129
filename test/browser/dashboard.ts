import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

/** Kept only where somebody wants to see them: with `CADRE_TEST_SCREENSHOTS` set. */
const SCREENSHOTS =
  process.env['CADRE_TEST_SCREENSHOTS'] === undefined
    ? null
    : join(import.meta.dirname, '../../.artifacts/screenshots')

/** Shorter than a test may last, so that the step that waits in vain is the one that fails. */
export const WAIT_MS_MAX = 10_000

/** A signed-in page that keeps account of what should not happen on it. */
export interface Dashboard {
  page: Page
  /** Console errors, uncaught errors and requests to other hosts, in words. */
  problems: string[]
  go(path: string): Promise<void>
  /** Comes again as somebody who was never here: without cookies, storage and problems. */
  comeAsStranger(): Promise<void>
  /** Presses keys one right behind the other, as fingers do, however slow the page is. */
  press(...keys: string[]): Promise<void>
  /** Goes on within the same document, so that nothing is loaded again. */
  visit(path: string): Promise<void>
  /** Cumulative layout shift since the last `go` (Layout Instability, W3C draft). */
  layoutShift(): Promise<number>
  keepScreenshot(name: string): Promise<void>
  close(): Promise<void>
}

export interface DashboardOptions extends BrowserContextOptions {
  url: string
  /** Left out: nobody signs in. */
  key?: string
}

/** Opens the dashboard in a browser context of its own, signed in by the key link. */
export const openDashboard = async (
  browser: Browser,
  { url, key, ...options }: DashboardOptions,
): Promise<Dashboard> => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(WAIT_MS_MAX)
  const problems = watch(page, url)
  await page.addInitScript(countLayoutShift)
  await page.goto(key === undefined ? url : `${url}/#key=${key}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return {
    page,
    problems,
    go: async (path) => {
      await page.goto(url + path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor()
    },
    comeAsStranger: async () => {
      await context.clearCookies()
      const devtools = await context.newCDPSession(page)
      await devtools.send('Storage.clearDataForOrigin', { origin: url, storageTypes: 'all' })
      await devtools.detach()
      problems.length = 0
      await page.goto(url)
      await page.getByRole('heading', { level: 1 }).waitFor()
    },
    press: async (...keys) => {
      await Promise.all(keys.map((key) => page.keyboard.press(key)))
    },
    visit: (path) =>
      page.evaluate((to) => {
        history.pushState({}, '', to)
        dispatchEvent(new PopStateEvent('popstate'))
      }, path),
    layoutShift: () => page.evaluate(() => window.layoutShift),
    keepScreenshot: async (name) => {
      if (SCREENSHOTS === null) return
      await mkdir(SCREENSHOTS, { recursive: true })
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
    },
    close: () => context.close(),
  }
}

const watch = (page: Page, url: string): string[] => {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) problems.push(`request to ${request.url()}`)
  })
  return problems
}

declare global {
  interface Window {
    layoutShift: number
  }
  interface PerformanceEntry {
    value: number
    hadRecentInput: boolean
  }
}

/** Runs in the page. */
const countLayoutShift = () => {
  window.layoutShift = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput) window.layoutShift += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
}
