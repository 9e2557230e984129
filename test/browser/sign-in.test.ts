import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { openChromium } from '../support/chromium.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { openDashboard } from './dashboard.ts'

let cadre: RunningCadre
let browser: Browser
beforeAll(async () => {
  ;[cadre, browser] = await Promise.all([startCadreOnPostgres(), openChromium()])
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

test('key link → signed in; the key is in neither address nor history', async () => {
  const { page, problems, close } = await openDashboard(browser, cadre)
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Tasks')
  expect(page.url()).toBe(`${cadre.url}/`)
  await page.goto('about:blank')
  await page.goBack()
  await page.getByRole('heading', { name: 'Tasks', exact: true }).waitFor()
  expect(page.url()).toBe(`${cadre.url}/`)
  expect(problems).toEqual([])
  await close()
})

test('wrong key → says so in place; right key → the page that was asked for', async () => {
  const dashboard = await openDashboard(browser, { url: cadre.url })
  const { page, close } = dashboard
  await page.goto(`${cadre.url}/agents`)
  await dashboard.keepScreenshot('sign-in')
  await page.getByLabel('Key').fill('not-a-key')
  await page.keyboard.press('Enter')
  await page.locator('[aria-invalid="true"]').waitFor()
  const note = await page.getByLabel('Key').getAttribute('aria-describedby')
  expect(await page.locator(`[id="${note}"]`).textContent()).toMatch(/key/i)
  await page.getByLabel('Key').fill(cadre.key)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor()
  await close()
})

test('session that no longer counts → sign-in page instead of an error', async () => {
  const { page, press, close } = await openDashboard(browser, cadre)
  await page.context().clearCookies()
  await press('g', 'a')
  await page.getByRole('heading', { name: 'Sign in to Cadre' }).waitFor()
  await close()
})

test('issuer configured → a way to it first, which leads back to the page that was asked for', async () => {
  const { page, close } = await openDashboard(browser, { url: cadre.url })
  const methods = { password: true, oidc: { name: 'Example', start: '/api/v1/auth/oidc/start' } }
  await page.route('**/api/v1/auth/methods', (route) => route.fulfill({ json: methods }))
  await page.goto(`${cadre.url}/audit?decision=denied`)
  const way = page.getByRole('link', { name: 'Sign in with Example' })
  expect(await way.getAttribute('href')).toBe(
    '/api/v1/auth/oidc/start?return_to=%2Faudit%3Fdecision%3Ddenied',
  )
  await close()
})

test('sign out → sign-in page, also after a reload', async () => {
  const { page, close } = await openDashboard(browser, cadre)
  await page.getByRole('button', { name: /administrator/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to Cadre' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Sign in to Cadre' }).waitFor()
  await close()
})
