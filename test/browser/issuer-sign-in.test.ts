import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { openChromium } from '../support/chromium.ts'
import { startIssuer, type TestIssuer } from '../support/oidc-issuer.ts'
import { freePorts } from '../support/services/free-ports.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

// Against a real issuer, which knows the address of this Cadre.

let cadre: RunningCadre
let issuer: TestIssuer
let browser: Browser
let dashboard: Dashboard
beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  issuer = await startIssuer({
    redirectUri: `${url}/api/v1/auth/oidc/callback`,
    clientIds: ['cadre'],
    secret: 'secret-of-the-client',
  })
  ;[cadre, browser] = await Promise.all([
    startCadreOnPostgres({
      CADRE_PORT: String(port),
      CADRE_PUBLIC_URL: url,
      CADRE_OIDC_ISSUER: issuer.url,
      CADRE_OIDC_CLIENT_ID: 'cadre',
      CADRE_OIDC_CLIENT_SECRET: 'secret-of-the-client',
      CADRE_OIDC_NAME: 'Example',
      CADRE_OIDC_CREATE_USERS: 'false',
    }),
    openChromium(),
  ])
  await cadre.client.invitations.create({ email: 'ada@example.com', role: 'viewer' })
  dashboard = await openDashboard(browser, { url: cadre.url })
})
beforeEach(() => dashboard.comeAsStranger())
afterAll(async () => {
  await browser.close()
  await cadre.stop()
  await issuer.close()
})

const person = (name: string) => ({
  sub: name,
  email: `${name}@example.com`,
  email_verified: true,
  name,
})
const begin = (page: Page) => page.getByRole('link', { name: 'Sign in with Example' }).click()

test('invited → signed in; signed out → at the issuer as well, and back', async () => {
  issuer.person = person('ada')
  const { page } = dashboard
  await page.goto(`${cadre.url}/agents`)
  await begin(page)
  await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor()
  await page.getByRole('button', { name: /ada viewer/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: /sign me out/i }).click()
  await page.getByRole('heading', { name: 'Sign in to Cadre' }).waitFor()
  expect(page.url()).toBe(`${cadre.url}/`)
})

interface Failure {
  code: string
  words: RegExp
  /** How the sign-in comes to fail. */
  arrange: () => void | Promise<void>
}
const FAILURES: readonly Failure[] = [
  { code: 'oidc.denied', words: /did not let you in/, arrange: () => void (issuer.denies = true) },
  {
    code: 'oidc.not_invited',
    words: /nobody invited you/,
    arrange: () => void (issuer.person = person('stranger')),
  },
  {
    code: 'oidc.no_verified_address',
    words: /no verified e-mail address/,
    arrange: () => void (issuer.person = { ...person('unverified'), email_verified: false }),
  },
  {
    code: 'oidc.sign_in_unknown',
    words: /began in another browser/,
    arrange: () => void (issuer.sendBack = (url) => url.searchParams.set('state', 'of-another')),
  },
  {
    code: 'oidc.answer_refused',
    words: /could not be verified/,
    arrange: () => void (issuer.sendBack = (url) => url.searchParams.set('code', 'made-up')),
  },
  {
    code: 'oidc.unavailable',
    words: /cannot be reached/,
    arrange: () => void (issuer.sendBack = () => (issuer.isDown = true)),
  },
  {
    code: 'oidc.account_disabled',
    words: /account is disabled/,
    arrange: async () => {
      const { items } = await cadre.client.members.list()
      const ada = items.find(({ email }) => email === 'ada@example.com')
      await cadre.client.members.change(ada?.id ?? '', { is_disabled: true })
    },
  },
]

test.each(FAILURES)('$code → sign-in page that says so in words', async (failure) => {
  Object.assign(issuer, { person: person('ada'), denies: false, isDown: false, sendBack: () => {} })
  const { page } = dashboard
  await failure.arrange()
  await begin(page)
  await page.getByRole('alert').filter({ hasText: failure.words }).waitFor()
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in to Cadre')
  expect(page.url()).toBe(`${cadre.url}/sign-in?failed=${failure.code}`)
  const way = page.getByRole('link', { name: 'Sign in with Example' })
  expect(await way.getAttribute('href')).toMatch(/return_to=%2F$/)
  expect(await page.content()).not.toContain('secret')
  await page.getByRole('radio', { name: 'Key' }).click()
  await page.getByLabel('Key').fill(cadre.key)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Tasks', level: 1 }).waitFor()
})

test.each([
  ['<img src=x onerror=alert(1)>', /failed/],
  ['constructor', /failed/],
])('made-up reason %j in the address → general words, none of its own', async (reason, words) => {
  const { page, problems } = dashboard
  await page.goto(`${cadre.url}/sign-in?failed=${encodeURIComponent(reason)}`)
  await page.getByRole('alert').filter({ hasText: words }).waitFor()
  expect(await page.locator('body').textContent()).not.toContain(reason)
  expect(problems.filter((problem) => !/status of 401/.test(problem))).toEqual([])
})
