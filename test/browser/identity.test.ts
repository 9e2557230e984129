import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { openChromium } from '../support/chromium.ts'
import type { RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

const PASSWORD = 'four words and more'
/** Soon too many, and for long. */
const FEW_GUESSES = {
  CADRE_RATE_PASSWORD_BURST: '6',
  CADRE_RATE_PASSWORD_PER_SECOND: '0.01',
}

let cadre: RunningCadre
let browser: Browser
let dashboard: Dashboard
/** Another browser, in which nobody is signed in when a test begins. */
let guest: Dashboard
beforeAll(async () => {
  ;[cadre, browser] = await Promise.all([startCadreOnPostgres(FEW_GUESSES), openChromium()])
  dashboard = await openDashboard(browser, cadre)
  guest = await openDashboard(browser, { url: cadre.url })
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

const dialog = () => dashboard.page.getByRole('dialog')
const rowOf = (text: string) => dashboard.page.getByRole('listitem').filter({ hasText: text })
const menuOf = async (name: string, item: string) => {
  await dashboard.page.getByRole('button', { name: `More about ${name}` }).click()
  await dashboard.page.getByRole('menuitem', { name: item, exact: true }).click()
}
/** What a dialog shows once; then it is closed. */
const shownOnce = async (): Promise<string> => {
  const text = (await dialog().locator('code').textContent()) ?? ''
  await dialog().getByRole('button', { name: 'I have kept it' }).click()
  return text
}
/** Refusals that belong to the test are told by the browser as well. */
const isUnexpected = (problem: string) => !/status of 40[13] /.test(problem)
const signInByPassword = async (page: Page, email: string, password: string) => {
  await page.getByRole('radio', { name: 'Password' }).click()
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

test('invited → link shown once; its page takes a password, and leads in as that role', async () => {
  await dashboard.go('/members?tab=invitations')
  await dashboard.page.getByText('Nobody is invited').waitFor()
  await dashboard.page.getByRole('button', { name: 'Invite' }).click()
  await dialog().getByRole('button', { name: 'Invite' }).click()
  await dialog().locator('[aria-invalid="true"]').waitFor()
  await dialog().getByLabel('E-mail address').fill('ada@example.org')
  await dialog().getByLabel('Role').selectOption('developer')
  await dialog().getByRole('button', { name: 'Invite' }).click()
  await dialog().getByText('This is the only time it is shown').waitFor()
  const link = await shownOnce()
  await rowOf('ada@example.org').getByText('Pending').waitFor()

  await guest.comeAsStranger()
  await guest.page.goto(link)
  await guest.page.getByRole('heading', { name: 'Join Cadre' }).waitFor()
  expect(guest.page.url()).toBe(`${cadre.url}/invitation`)
  await guest.page.getByLabel('Name').fill('Ada')
  await guest.page.getByLabel('Password').fill('short')
  await guest.page.getByRole('button', { name: 'Accept the invitation' }).click()
  await guest.page.locator('[aria-invalid="true"]').waitFor()
  await guest.page.getByLabel('Password').fill(PASSWORD)
  await guest.page.getByRole('button', { name: 'Accept the invitation' }).click()
  await guest.page.getByRole('link', { name: 'Go on to sign in' }).click()
  await guest.page.getByLabel('E-mail address').fill('ada@example.org')
  await guest.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await guest.page.keyboard.press('Enter')
  await guest.page.getByRole('button', { name: /Ada developer/ }).waitFor()

  await guest.page.goto(link)
  await guest.page.getByLabel('Password').fill(PASSWORD)
  await guest.page.getByRole('button', { name: 'Accept the invitation' }).click()
  await guest.page
    .getByRole('alert')
    .getByText(/not known|was used/)
    .waitFor()
  await guest.page.goto(`${cadre.url}/invitation`)
  await guest.page.getByRole('heading', { name: 'This link is not whole' }).waitFor()
})

test('member of two tenants → asked which, only then in', async () => {
  const { admin } = await cadre.client.tenants.create({ name: 'acme', admin: { name: 'boss' } })
  const boss = cadre.clientOf(admin.key)
  const { token } = await boss.invitations.create({ email: 'ada@example.org', role: 'viewer' })
  await cadre.clientOf().invitations.accept({ token, name: 'Ada', password: PASSWORD })
  await guest.comeAsStranger()
  const { page } = guest
  await signInByPassword(page, 'ada@example.org', PASSWORD)
  await page.getByLabel('Tenant').selectOption('acme')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('button', { name: /Ada viewer/ }).waitFor()
  const [ada] = (await boss.members.list()).items.filter(({ email }) => email === 'ada@example.org')
  await boss.members.remove(ada?.id ?? '')
})

test('own key → shown once, as wide as its scopes; replaced and revoked', async () => {
  await dashboard.go('/account')
  const { page } = dashboard
  await page.getByRole('button', { name: 'New key' }).click()
  await dialog().getByLabel('Label').fill('nightly')
  await dialog()
    .getByRole('textbox', { name: /^Scopes/ })
    .fill('nonsense')
  await dialog().getByRole('button', { name: 'Make key' }).click()
  await dialog().locator('textarea[aria-invalid="true"]').waitFor()
  await dialog()
    .getByRole('textbox', { name: /^Scopes/ })
    .fill('')
  await dialog().getByRole('button', { name: 'task.*' }).click()
  await dialog().getByRole('button', { name: 'Make key' }).click()
  const key = await shownOnce()
  expect((await cadre.clientOf(key).session.whoAmI()).scopes).toEqual(['task.*'])
  await rowOf('nightly').getByText('89 d left').waitFor()

  await menuOf('nightly', 'Replace key')
  await dialog().getByRole('button', { name: 'Replace key' }).click()
  const next = await shownOnce()
  await expect(cadre.clientOf(key).session.whoAmI()).rejects.toThrow()
  expect((await cadre.clientOf(next).session.whoAmI()).scopes).toEqual(['task.*'])
  await menuOf('nightly', 'Revoke key')
  await dialog().getByRole('button', { name: 'Revoke key' }).click()
  await rowOf('nightly').waitFor({ state: 'detached' })
  await expect(cadre.clientOf(next).session.whoAmI()).rejects.toThrow()
})

test('own sessions and password → others are ended, this one stays', async () => {
  const ada = { email: 'ada@example.org', password: PASSWORD }
  await guest.comeAsStranger()
  const [here, there] = [guest, await openDashboard(browser, { url: cadre.url })]
  for (const { page } of [here, there]) {
    await signInByPassword(page, ada.email, ada.password)
    await page.getByRole('heading', { name: 'Tasks', level: 1 }).waitFor()
  }
  await here.go('/account')
  const sessions = here.page.getByRole('list', { name: 'Sessions' }).getByRole('listitem')
  await sessions.filter({ hasText: 'This one' }).waitFor()
  await here.page.getByRole('button', { name: 'End all others' }).click()
  await sessions.nth(1).waitFor({ state: 'detached' })
  expect(await sessions.count()).toBe(1)
  // It may have been sent there before it goes anywhere: its stream ended as well.
  await there.visit('/agents')
  await there.page.getByRole('heading', { name: 'Sign in to Cadre' }).waitFor()

  await here.page.getByLabel('Current password').fill('not it')
  await here.page.getByLabel('New password').fill('other words, as many')
  await here.page.getByRole('button', { name: 'Change password' }).click()
  await here.page.getByText('This is not your current password').waitFor()
  await here.page.getByLabel('Current password').fill(ada.password)
  await here.page.getByRole('button', { name: 'Change password' }).click()
  await here.page.getByText('Password changed').waitFor()
  await signInByPassword(there.page, ada.email, 'other words, as many')
  await there.page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Sign in' }).waitFor()
  await there.close()
})

test('member → other role, new password by a link, disabled, removed', async () => {
  const { page } = dashboard
  await dashboard.go('/members')
  await menuOf('Ada', 'Change role')
  await dialog().getByLabel('Role').selectOption('supervisor')
  await dialog().getByRole('button', { name: 'Change role' }).click()
  await rowOf('Ada').getByText('supervisor').waitFor()

  await menuOf('Ada', 'Reset password')
  await dialog().getByRole('button', { name: 'Make the link' }).click()
  await dialog().getByText('only time').waitFor()
  const link = await shownOnce()
  await guest.comeAsStranger()
  await guest.page.goto(link)
  await guest.page.getByLabel('New password').fill(PASSWORD)
  await guest.page.getByRole('button', { name: 'Set the password' }).click()
  await guest.page.getByRole('link', { name: 'Go on to sign in' }).click()
  await signInByPassword(guest.page, 'ada@example.org', PASSWORD)
  await guest.page.getByRole('button', { name: /Ada supervisor/ }).waitFor()

  await menuOf('Ada', 'Disable')
  await dialog().getByRole('button', { name: 'Disable' }).click()
  await rowOf('Ada').getByText('Disabled').waitFor()
  await guest.page.reload()
  await signInByPassword(guest.page, 'ada@example.org', PASSWORD)
  await guest.page.getByText(/This account is disabled/).waitFor()
  await menuOf('Ada', 'Enable')
  await rowOf('Ada').getByText('Disabled').waitFor({ state: 'detached' })
  await menuOf('Ada', 'Disable everywhere')
  await dialog().getByRole('button', { name: 'Disable everywhere' }).click()
  await rowOf('Ada').getByText('Disabled everywhere').waitFor()
  await menuOf('Ada', 'Enable everywhere')
  await rowOf('Ada').getByText('Disabled everywhere').waitFor({ state: 'detached' })
  await menuOf('Ada', 'Remove')
  await dialog().getByRole('button', { name: 'Remove' }).click()
  await rowOf('Ada').waitFor({ state: 'detached' })
  // The last administrator stays, and the page says why.
  await menuOf('administrator', 'Disable')
  await dialog().getByRole('button', { name: 'Disable' }).click()
  await page.getByText(/last active administrator/).waitFor()
})

test('service account → has keys of its own; changed, disabled and enabled; deleted → they are good for nothing', async () => {
  await dashboard.go('/members?tab=service-accounts')
  const { page } = dashboard
  await page.getByRole('button', { name: 'New service account' }).click()
  await dialog().getByLabel('Name').fill('pipeline')
  await dialog().getByRole('button', { name: 'Create' }).click()
  await page.getByRole('button', { name: 'Keys of pipeline' }).click()
  const keys = page.getByRole('region', { name: 'Keys of pipeline' })
  await keys.getByRole('button', { name: 'New key' }).click()
  await dialog().getByLabel('Label').fill('builds')
  await dialog().getByRole('button', { name: 'Make key' }).click()
  const key = await shownOnce()
  expect(await cadre.clientOf(key).session.whoAmI()).toMatchObject({
    name: 'pipeline',
    role: 'developer',
  })
  await keys.getByText('builds').waitFor()
  const choose = async (item: string) => {
    await page.getByRole('button', { name: 'More about pipeline' }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  await choose('Change name or role')
  await dialog().getByLabel('Role').selectOption('viewer')
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog().waitFor({ state: 'detached' })
  expect(await cadre.clientOf(key).session.whoAmI()).toMatchObject({ role: 'viewer' })
  await choose('Disable')
  await dialog().getByRole('button', { name: 'Disable' }).click()
  await page.getByText('Disabled', { exact: true }).waitFor()
  await expect(cadre.clientOf(key).session.whoAmI()).rejects.toThrow()
  await choose('Enable')
  await page.getByText('Disabled', { exact: true }).waitFor({ state: 'detached' })
  expect(await cadre.clientOf(key).session.whoAmI()).toMatchObject({ name: 'pipeline' })
  await choose('Delete')
  await dialog().getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('button', { name: 'Keys of pipeline' }).waitFor({ state: 'detached' })
  await expect(cadre.clientOf(key).session.whoAmI()).rejects.toThrow()
})

test('every change → has the header that no other site can send', async () => {
  const { page } = dashboard
  const methods: string[] = []
  const unmarked: string[] = []
  page.on('request', (request) => {
    if (request.method() === 'GET') return
    methods.push(request.method())
    if (request.headers()['x-cadre-request'] !== '1') unmarked.push(request.url())
  })
  await dashboard.go('/account')
  await page.getByRole('button', { name: 'New key' }).click()
  await dialog().getByLabel('Label').fill('marked')
  await dialog().getByRole('button', { name: 'Make key' }).click()
  await shownOnce()
  await menuOf('marked', 'Revoke key')
  await dialog().getByRole('button', { name: 'Revoke key' }).click()
  await rowOf('marked').waitFor({ state: 'detached' })
  expect(methods).toEqual(['POST', 'DELETE'])
  expect(unmarked).toEqual([])
})

test('viewer → sees members, is offered no change of them, and no audit log', async () => {
  const { token } = await cadre.client.invitations.create({
    email: 'v@example.org',
    role: 'viewer',
  })
  await cadre.clientOf().invitations.accept({ token, name: 'Vera', password: PASSWORD })
  await guest.comeAsStranger()
  const vera = guest
  await signInByPassword(vera.page, 'v@example.org', PASSWORD)
  await vera.page.getByRole('heading', { name: 'Tasks', level: 1 }).waitFor()
  for (const path of ['/members', '/members?tab=service-accounts']) {
    await vera.go(path)
    await vera.page.getByRole('heading', { level: 2 }).first().waitFor()
    expect(await vera.page.getByRole('main').getByRole('button').count()).toBe(0)
  }
  expect(await vera.page.getByRole('radio', { name: 'Invitations' }).count()).toBe(0)
  expect(await vera.page.getByRole('link', { name: 'Audit log' }).count()).toBe(0)
  await vera.go('/audit')
  await vera.page.getByText(/does not permit audit.read/).waitFor()
  expect(vera.problems.filter(isUnexpected)).toEqual([])
})

test('wrong password → said at the field; again and again → how long to wait', async () => {
  await guest.comeAsStranger()
  const { page } = guest
  await signInByPassword(page, 'nobody@example.org', 'wrong')
  const fault = page.locator('[aria-invalid="true"]')
  await fault.waitFor()
  const isLocked = () => page.getByText(/Try again in \d+:\d\d/).isVisible()
  for (let attempt = 0; attempt < 60 && !(await isLocked()); attempt += 1) {
    const answered = page.waitForResponse('**/api/v1/session')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    if ((await answered).status() === 429) await page.getByText(/Try again in/).waitFor()
  }
  expect(await isLocked()).toBe(true)
})
