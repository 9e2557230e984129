import type { MarketplaceVersion } from '@cadre/contract'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { agentForm } from '../support/agent-forms.ts'
import { openChromium } from '../support/chromium.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

/** Whoever asks more often than now and then keeps admission from its work. */
const CHECKED = { timeout: 120_000 }

let cadre: RunningCadre
let browser: Browser
let dashboard: Dashboard
/** Of another tenant. */
let acmeKey: string
beforeAll(async () => {
  ;[cadre, browser] = await Promise.all([startCadre(), openChromium()])
  acmeKey = (await cadre.client.tenants.create({ name: 'acme', admin: { name: 'root' } })).admin.key
  dashboard = await openDashboard(browser, cadre)
  await listed(15)
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

const dialog = () => dashboard.page.getByRole('dialog')
const rowOf = (text: string) =>
  dashboard.page.getByRole('main').getByRole('listitem').filter({ hasText: text }).first()

/** The demonstration agents are offered by the start, and checked like all others. */
const listed = (count: number) =>
  vi.waitUntil(async () => (await cadre.client.marketplace.search()).total >= count, CHECKED)
const decided = async (name: string, version = '1.0.0'): Promise<MarketplaceVersion> => {
  const find = () => cadre.client.marketplace.version(name, version)
  await vi.waitUntil(async () => (await find()).state !== 'checking', CHECKED)
  return find()
}

/** A workflow of acme, offered in a version for each list of agents that it names. */
const offerWorkflow = async (name: string, ...agents: string[][]) => {
  const acme = cadre.clientOf(acmeKey)
  for (const [minor, named] of agents.entries()) {
    const version = `1.${minor}.0`
    const steps = Object.fromEntries(named.map((agent) => [agent, { agent, input: 'x' }]))
    await acme.workflows.publish({ name, version, description: `Does ${name}`, steps })
    await acme.marketplace.publish({ item_type: 'workflow', name, version, tags: ['closing'] })
    await decided(name, version)
  }
}

test('search with a typo → what was meant; facets narrow, chips widen, the address keeps it all', async () => {
  const { page } = dashboard
  await dashboard.go('/')
  await dashboard.press('g', 'k')
  await page.getByRole('heading', { name: 'Marketplace', level: 1 }).waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('wrod cuont')
  await page.getByText('This is what was found for word count').waitFor()
  await page.getByRole('link', { name: /^word-count/ }).waitFor()
  expect(new URL(page.url()).searchParams.get('q')).toBe('wrod cuont')

  await page.getByRole('searchbox').fill('')
  await page.getByText('15 items').waitFor()
  const tags = page.getByRole('complementary', { name: 'Filters' })
  await tags.getByRole('button', { name: /^text 7/ }).click()
  await page.getByText('7 items').waitFor()
  await tags.getByRole('button', { name: /^diff/ }).click()
  await page.getByText('1 item', { exact: true }).waitFor()
  await page.reload()
  await page.getByText('1 item', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Remove the filter #text' }).click()
  await page.getByRole('button', { name: 'Remove the filter #diff' }).click()
  await page.getByText('15 items').waitFor()
  await page.getByLabel('Sort by').selectOption('Name')
  await page.locator('[data-row]').first().filter({ hasText: 'checksum' }).waitFor()
  await page.getByRole('searchbox').fill('zzzzqqqq')
  await page.getByText('No item matches “zzzzqqqq”').waitFor()
})

test('listing → what it is, may do, costs and how one gets it; deprecated → says so', async () => {
  const { page } = dashboard
  await dashboard.go('/marketplace?q=readability')
  await page.getByRole('link', { name: /^readability/ }).click()
  await page.getByRole('heading', { name: /readability/, level: 1 }).waitFor()
  const aside = page.getByRole('complementary', { name: 'About this version' })
  await aside.getByText('cadre install readability@^1.0.0').waitFor()
  await aside.getByText('Reads its input').waitFor()
  await aside.getByText('Apache-2.0').waitFor()
  await page.getByText('No tenant but its publisher’s ran it').waitFor()
  await page.getByRole('radio', { name: 'Schemas & examples' }).click()
  await page.getByLabel('Input', { exact: true }).first().waitFor()
  const message = 'Use something else.'
  await cadre.client.marketplace.change('readability', '1.0.0', { status: 'deprecated', message })
  await page.reload()
  await page.getByText(message).waitFor()
  await cadre.client.marketplace.change('readability', '1.0.0', { status: 'active' })
})

test('item that fails to load beside one of its versions → there when tried again', async () => {
  const { page } = dashboard
  const item = '**/api/v1/marketplace/readability'
  await page.route(item, (route) => route.fulfill({ status: 503, body: '{}' }))
  await page.goto(`${cadre.url}/marketplace/readability?version=1.0.0`)
  await page.getByText('This could not be loaded').waitFor()
  await page.unroute(item)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: /readability/, level: 1 }).waitFor()
})

test('publish wizard → refused field said, then approved and found; withdrawn step by step', async () => {
  const { page } = dashboard
  await cadre.client.agents.register({ name: 'my-helper', runtime: 'remote' })
  await dashboard.go('/marketplace')
  await page.getByRole('link', { name: 'Publish' }).click()
  await page.getByRole('searchbox').fill('my-helper')
  await page.getByRole('link', { name: /my-helper/ }).click()
  await page.getByLabel('Description').fill('Helps with everything')
  await page.getByLabel('Licence').fill('my own words')
  await page.getByLabel('Tags').fill('help, assistance')
  await page.getByLabel('What it does, and how one uses it').fill('# Helper\n\n**Helps.**')
  await page.getByRole('button', { name: 'Preview' }).click()
  await page.getByRole('region', { name: 'README' }).getByText('Helps.').waitFor()
  await page.getByRole('button', { name: 'Publish my-helper 1.0.0' }).click()
  await page.locator('[aria-invalid="true"]').waitFor()
  await page.getByLabel('Licence').fill('MIT')
  await page.getByRole('button', { name: 'Preview' }).click()
  await page.getByRole('button', { name: 'Publish my-helper 1.0.0' }).click()
  const admission = page.getByRole('region', { name: 'Admission' })
  await admission.getByText('Approved').waitFor()
  await admission.getByText('No secrets were seen.').waitFor()
  expect((await cadre.client.marketplace.get('my-helper')).licence).toBe('MIT')

  await page.getByRole('link', { name: 'Publications' }).click()
  await rowOf('my-helper').locator('summary').click()
  await rowOf('my-helper').getByRole('button', { name: 'Deprecate' }).click()
  await dialog().getByLabel('Message').fill('Use another.')
  await dialog().getByRole('button', { name: 'Deprecate' }).click()
  await rowOf('my-helper').getByText('Use another.').waitFor()
  await rowOf('my-helper').getByRole('button', { name: 'Restore' }).click()
  await rowOf('my-helper').getByText('Use another.').waitFor({ state: 'detached' })
  await rowOf('my-helper').getByRole('button', { name: 'Yank' }).click()
  await dialog().getByLabel('Message').fill('It is wrong.')
  await dialog().getByRole('button', { name: 'Yank' }).click()
  await rowOf('my-helper').getByText('Yanked').waitFor()
  await rowOf('my-helper').getByRole('button', { name: 'Delete' }).click()
  await dialog().getByRole('button', { name: 'Delete version' }).click()
  await rowOf('my-helper').waitFor({ state: 'detached' })
})

test('held without its agent → checked again once it is there', async () => {
  const held = { item_type: 'agent', name: 'late-agent', version: '1.0.0' } as const
  await cadre.client.marketplace.publish(held)
  await decided('late-agent')
  await dashboard.go('/marketplace/publications?state=held')
  await rowOf('late-agent').locator('summary').click()
  await rowOf('late-agent').getByText('Your tenant has no agent').first().waitFor()
  await cadre.client.agents.register({ name: 'late-agent', runtime: 'remote' })
  await rowOf('late-agent').getByRole('button', { name: 'Check again' }).click()
  await rowOf('late-agent').waitFor({ state: 'detached' })
  expect((await decided('late-agent')).state).toBe('approved')
})

test('review queue → what it asks for beyond before, rejected with a reason, approved', async () => {
  const { page } = dashboard
  await offerWorkflow('close-the-month', ['one'], ['one', 'another'])
  await offerWorkflow('close-the-year', ['one'], ['one', 'another'])
  await dashboard.go('/marketplace/reviews')
  const row = rowOf('close-the-month')
  await row.locator('summary').first().click()
  await row.getByText('1.1.0 asks for more than 1.0.0.', { exact: true }).waitFor()
  await row
    .getByRole('list', { name: 'Changed permissions' })
    .getByText('Gives work to the agent')
    .waitFor()
  await row.getByRole('button', { name: 'Reject' }).click()
  await dialog().getByLabel('Reason').fill('Nobody knows the other agent.')
  await dialog().getByRole('button', { name: 'Reject' }).click()
  await row.waitFor({ state: 'detached' })
  const year = rowOf('close-the-year')
  await year.locator('summary').first().click()
  await year.getByRole('button', { name: 'Approve' }).click()
  await dialog().getByRole('button', { name: 'Approve' }).click()
  await year.waitFor({ state: 'detached' })
  expect((await cadre.client.marketplace.get('close-the-year')).version).toBe('1.1.0')

  await dashboard.go('/marketplace/close-the-year?tab=versions')
  await page.getByText('1.1.0 asks for more than 1.0.0.').waitFor()
  const acme = await openDashboard(browser, { ...cadre, key: acmeKey })
  await acme.go('/marketplace/publications?state=rejected')
  await acme.page.getByText('Nobody knows the other agent.').waitFor()
  expect(await acme.page.getByRole('link', { name: 'Reviews' }).count()).toBe(0)
  await acme.close()
})

test('tried, installed, rated, updated and uninstalled by another tenant', async () => {
  const acme = await openDashboard(browser, { ...cadre, key: acmeKey })
  const { page } = acme
  const opened = page.getByRole('dialog')
  await acme.go('/marketplace/word-count?tab=try')
  await page.getByRole('textbox', { name: 'Input' }).fill('four words in here')
  await page.getByRole('button', { name: 'Run' }).click()
  await page.getByText('exit 0').waitFor()
  expect(await page.getByLabel('Standard output', { exact: true }).textContent()).toContain(
    '"words": 4',
  )
  await page.getByRole('button', { name: 'Install', exact: true }).click()
  await opened.getByText('Reads its input').waitFor()
  await opened.getByRole('button', { name: 'Install' }).click()
  await opened.getByText('word-count is installed').waitFor()
  await opened.getByRole('button', { name: 'Stay here' }).click()
  await page.getByRole('link', { name: 'Installed 1.0.0' }).waitFor()

  await cadre.clientOf(acmeKey).tasks.execute({ agent_id: 'word-count', input: 'two words' })
  const attempts = async () =>
    (await cadre.client.marketplace.get('word-count')).reputation.at(-1)?.attempts
  await vi.waitUntil(async () => (await attempts()) !== 0, CHECKED)
  await acme.go('/marketplace/word-count?tab=reviews')
  await page.getByRole('region', { name: 'Reputation' }).getByText('1 execution').waitFor()
  const executions = page.getByRole('slider', { name: 'Executions' })
  await page.getByRole('radio', { name: 'Usage' }).click()
  await executions.press('End')
  await expect
    .poll(() => executions.getAttribute('aria-valuetext'), { timeout: 10_000 })
    .toContain('completed 1, failed 0')
  await acme.keepScreenshot('marketplace-usage')
  await page.getByRole('radio', { name: 'Reviews' }).click()
  await page.getByRole('radio', { name: '4 stars' }).focus()
  await page.keyboard.press('Space')
  await page.getByRole('textbox', { name: 'Review' }).fill('Counts well.')
  await page.getByRole('button', { name: 'Rate it' }).click()
  await page.getByRole('listitem').filter({ hasText: 'Counts well.' }).waitFor()
  await acme.keepScreenshot('marketplace-item')

  await offerAgain('word-count', '1.1.0')
  await acme.go('/marketplace/installs')
  const row = page.getByRole('main').getByRole('listitem').filter({ hasText: 'word-count' }).first()
  await row.locator('summary').click()
  await row.getByRole('button', { name: 'Update to 1.1.0' }).click()
  await opened.getByText('1.0.0 → 1.1.0').waitFor()
  await opened.getByRole('button', { name: 'Update' }).click()
  await opened.getByRole('heading', { name: 'word-count is 1.1.0 now' }).waitFor()
  await opened.getByRole('button', { name: 'Good' }).click()
  await row.getByRole('button', { name: 'Uninstall' }).click()
  await opened.getByRole('button', { name: 'Uninstall' }).click()
  await page.getByText('Nothing is installed yet').waitFor()
  expect(acme.problems).toEqual([])
  await acme.close()
})

/** The same program as a version of its own. */
const offerAgain = async (name: string, version: string) => {
  const { binary_url: address } = await cadre.client.agents.get(name)
  const binary = new Uint8Array(await (await cadre.request(address ?? '')).arrayBuffer())
  await cadre.client.agents.publish(agentForm({ name, version }, binary))
  await cadre.client.marketplace.publish({ item_type: 'agent', name, version })
  await decided(name, version)
}

test('who may only look → is offered neither publishing nor rating', async () => {
  const account = await cadre.client.serviceAccounts.create({ name: 'looker', role: 'viewer' })
  const { key } = await cadre.client.keys.create({ label: 'k', service_account_id: account.id })
  const viewer = await openDashboard(browser, { ...cadre, key })
  await viewer.go('/marketplace/dedupe?tab=reviews')
  await viewer.page.getByText('Nobody has rated it yet').waitFor()
  expect(await viewer.page.getByRole('button', { name: 'Rate it' }).count()).toBe(0)
  await viewer.go('/marketplace')
  await viewer.page.locator('[data-row]').first().waitFor()
  expect(await viewer.page.getByRole('link', { name: 'Publish' }).count()).toBe(0)
  expect(await viewer.page.getByRole('link', { name: 'Publications' }).count()).toBe(0)
  await viewer.close()
})

const ATTACK =
  '<img src=x onerror="window.attacked=1"><svg onload="window.attacked=1"><script>window.attacked=1</script>'
const HOSTILE_README = [
  ATTACK,
  '# Title <script>window.attacked=1</script>',
  '[press](javascript:window.attacked=1) [press](data:text/html,<script>1</script>)',
  '[press](&#106;avascript:window.attacked=1) [press](java\tscript:1) <javascript:window.attacked=1>',
  '[named][there] ![pixel](http://elsewhere.example/pixel.png) ![pixel](javascript:1)',
  '[there]: javascript:window.attacked=1 "<b>"',
  '<a href="javascript:window.attacked=1">raw</a> <style>*{display:none}</style>',
  '[fine](https://elsewhere.example/page "title")',
  '| a |\n| --- |\n| <iframe src="javascript:window.attacked=1"></iframe> |',
  `\`\`\`html\n${ATTACK}\n\`\`\``,
].join('\n\n')

test('hostile markup stored in every text → is shown as text, and nothing runs or is fetched', async () => {
  const acme = cadre.clientOf(acmeKey)
  await acme.agents.register({ name: 'wolf', runtime: 'remote', description: ATTACK })
  const offered = {
    item_type: 'agent',
    name: 'wolf',
    version: '1.0.0',
    description: ATTACK,
    readme: HOSTILE_README,
    changelog: HOSTILE_README,
    tags: ['wolf'],
    input_schema: { title: ATTACK },
    examples: [{ title: ATTACK.slice(0, 100), input: ATTACK, output: ATTACK }],
  } as const
  await acme.marketplace.publish({
    ...offered,
    tags: [...offered.tags],
    examples: [...offered.examples],
  })
  expect((await decided('wolf')).state).toBe('approved')
  await acme.marketplace.change('wolf', '1.0.0', { status: 'deprecated', message: ATTACK })

  const visitor = await openDashboard(browser, cadre)
  const { page } = visitor
  visitor.problems.length = 0
  await visitor.go('/marketplace/wolf')
  const readme = page.getByRole('region', { name: 'README' })
  await readme.getByText('Title <script>window.attacked=1</script>').waitFor()
  const addresses = await readme
    .locator('a')
    .evaluateAll((links) =>
      links.map((link) => [link.getAttribute('href'), link.getAttribute('rel')]),
    )
  expect(addresses).toEqual([
    ['https://elsewhere.example/page', 'noopener noreferrer nofollow ugc'],
  ])
  expect(await readme.locator('img, script, iframe, style, svg[onload]').count()).toBe(0)
  await page.getByRole('region', { name: 'README' }).getByText('pixel').first().waitFor()
  for (const tab of ['changelog', 'schemas', 'versions'])
    await visited(page, `${cadre.url}/marketplace/wolf?tab=${tab}`)
  await visited(page, `${cadre.url}/marketplace?q=wolf`)

  // Whatever the API may answer one day: every text of it, where no rule narrows it.
  await page.route('**/api/v1/marketplace**', attacked)
  await page.route('**/api/v1/installs**', attacked)
  for (const path of [
    '/marketplace',
    '/marketplace/wolf?tab=versions',
    '/marketplace/wolf?tab=reviews',
    '/marketplace/publications',
    '/marketplace/installs',
    '/marketplace/reviews',
  ])
    await visited(page, cadre.url + path)
  await page.getByText('window.attacked=1').first().waitFor()
  expect(visitor.problems).toEqual([])
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await visitor.close()
})

const OPENED_MAX = 2

/** Opens what can be opened there, and looks whether anything ran. */
const visited = async (page: Page, address: string) => {
  await page.goto(address)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await settled(page)
  const summaries = await page.locator('summary[data-row]').all()
  for (const summary of summaries.slice(0, OPENED_MAX)) await summary.click()
  await settled(page)
  expect(await page.evaluate(() => 'attacked' in window)).toBe(false)
  expect(await page.locator('main img[onerror], main script, main svg[onload]').count()).toBe(0)
}

const settled = (page: Page) =>
  page.waitForFunction(() => document.querySelector('.animate-breathe, [aria-busy]') === null)

/** What pages take apart keeps its form; a number in words, a state, a time. */
const KEPT =
  /^(?:id|name|version|item|item_type|state|status|type|price|.*_at|sha256|icon|next_cursor|kind|check|verdict|from|to|agent_id|workflow_id|cost_per_completed_task)$/

const attacked = async (route: Route) => {
  const response = await route.fetch()
  const body: unknown = response.ok() ? await response.json() : null
  await (body === null ? route.fulfill({ response }) : route.fulfill({ json: withAttack(body) }))
}

const withAttack = (value: unknown, name = ''): unknown => {
  if (KEPT.test(name)) return value
  if (typeof value === 'string') return ATTACK
  if (Array.isArray(value)) {
    if (name === 'items' && value.length === 0) return [RATING]
    return value.map((each) => withAttack(each))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, withAttack(each, key)]),
  )
}
/** A row that suits every empty list. */
const RATING = {
  id: 'a',
  name: 'wolf',
  item: 'wolf',
  item_type: 'agent',
  version: '1.0.0',
  description: ATTACK,
  publisher: ATTACK,
  published_by: ATTACK,
  installed_by: ATTACK,
  state: 'held',
  state_reason: ATTACK,
  status: 'yanked',
  status_message: ATTACK,
  price: '0.000000',
  tenant: ATTACK,
  author: ATTACK,
  rating: 3,
  review: ATTACK,
  range: ATTACK,
  sha256: null,
  image: ATTACK,
  permissions: [ATTACK, `agent:${ATTACK}`],
  key_id: ATTACK,
  agent_id: null,
  workflow_id: null,
  update: { version: ATTACK },
  published_at: '2026-01-01T00:00:00Z',
  installed_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  created_at: '2026-01-01T00:00:00Z',
}
