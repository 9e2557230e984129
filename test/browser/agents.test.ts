import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCadre, startConsuming } from '../../packages/sdk/src/index.ts'
import { registerRemote } from '../support/agent-forms.ts'
import { openChromium } from '../support/chromium.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'
import { openDashboard, type Dashboard } from './dashboard.ts'

let cadre: RunningCadre
let browser: Browser
let dashboard: Dashboard
beforeAll(async () => {
  ;[cadre, browser] = await Promise.all([startCadre(), openChromium()])
  dashboard = await openDashboard(browser, cadre)
})
afterAll(async () => {
  await browser.close()
  await cadre.stop()
})

/** The module of a demonstration agent, as somebody would upload it. */
const moduleOf = async (name: string): Promise<Buffer> => {
  const { agents } = await cadre.client.agents.search(name)
  const response = await cadre.request(agents[0]?.binary_url ?? '')
  return Buffer.from(await response.arrayBuffer())
}

test('search as you type → the agents that match; none → says what was searched', async () => {
  const { page } = dashboard
  await dashboard.go('/agents')
  await page.locator('[data-row]').first().waitFor()
  await dashboard.keepScreenshot('agents')
  await page.keyboard.press('/')
  await page.keyboard.type('word-count')
  await page.waitForFunction(() => document.querySelectorAll('[data-row]').length < 4)
  await page.getByRole('link', { name: /word-count/ }).waitFor()
  await page.getByRole('searchbox').fill('zzzz-nothing')
  await page.getByText('No agent matches “zzzz-nothing”').waitFor()
})

test('try it → the real output at once, kept as a task', async () => {
  const { page } = dashboard
  await dashboard.go('/agents/word-count')
  await page.getByRole('textbox', { name: 'Input' }).fill('four words in here')
  await page.getByRole('button', { name: 'Run now' }).click()
  await page.getByText('exit 0').waitFor()
  expect(await page.getByLabel('Standard output', { exact: true }).textContent()).toContain(
    '"words": 4',
  )
  await dashboard.keepScreenshot('agent')
  await page.getByRole('link', { name: 'Kept as a task' }).click()
  await page.getByRole('region', { name: 'Attempts' }).waitFor()
})

test('JSON that is none yet → says so, cannot be run', async () => {
  const { page } = dashboard
  await dashboard.go('/agents/word-count')
  await page.getByRole('radio', { name: 'JSON' }).click()
  await page.getByRole('textbox', { name: 'Input' }).fill('{"text":')
  await page.getByText(/Not JSON yet/).waitFor()
  expect(await page.getByRole('button', { name: 'Run now' }).isDisabled()).toBe(true)
})

test('disable → gets no work, and the page says so; enable → ready again', async () => {
  const { page } = dashboard
  await dashboard.go('/agents/checksum')
  await page.getByRole('button', { name: 'Disable' }).click()
  await page.getByText('It is disabled').waitFor()
  await page.getByRole('button', { name: 'Enable' }).click()
  await page.getByRole('button', { name: 'Disable' }).waitFor()
  const { agents } = await cadre.client.agents.search('checksum')
  expect(agents[0]?.enabled).toBe(true)
})

test('upload of a program → published and open; the same again → refused by name', async () => {
  const { page } = dashboard
  const file = {
    name: 'My Counter.wasm',
    mimeType: 'application/wasm',
    buffer: await moduleOf('word-count'),
  }
  await dashboard.go('/agents')
  await page.getByRole('button', { name: 'Publish agent' }).click()
  await page.getByLabel('Program file').setInputFiles(file)
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('my-counter')
  await page.getByLabel('Capabilities').fill('text.count, text.stats')
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.getByRole('heading', { name: 'my-counter' }).waitFor()
  const { agents } = await cadre.client.agents.search('my-counter')
  expect(agents[0]?.capabilities).toEqual(['text.count', 'text.stats'])

  await page.getByRole('link', { name: 'Agents' }).first().click()
  await page.getByRole('button', { name: 'Publish agent' }).click()
  await page.getByLabel('Program file').setInputFiles(file)
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.getByRole('dialog').getByRole('alert').waitFor()
})

test('upload of something else → refused with a reason, the dialog stays', async () => {
  const { page } = dashboard
  await dashboard.go('/agents')
  await page.getByRole('button', { name: 'Publish agent' }).click()
  await page.getByLabel('Program file').setInputFiles({
    name: 'notes.wasm',
    mimeType: 'application/wasm',
    buffer: await readFile(import.meta.filename),
  })
  await page.getByRole('button', { name: 'Publish', exact: true }).click()
  await page.getByRole('dialog').getByRole('alert').waitFor()
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('notes')
})

test('file dropped on the dialog → taken, and a name suggested', async () => {
  const { page } = dashboard
  await dashboard.go('/agents')
  await page.getByRole('button', { name: 'Publish agent' }).click()
  const files = await page.evaluateHandle(() => {
    const transfer = new DataTransfer()
    transfer.items.add(new File(['\0asm'], 'dropped_one.wasm', { type: 'application/wasm' }))
    return transfer
  })
  const place = page.getByText('Drop a .wasm file here')
  await place.dispatchEvent('dragover', { dataTransfer: files })
  await place.dispatchEvent('drop', { dataTransfer: files })
  await page.getByText('dropped_one.wasm').waitFor()
  expect(await page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('dropped-one')
  await dashboard.keepScreenshot('publish')
})

test('remote agent → its key is shown once and works; delete asks first', async () => {
  const { page } = dashboard
  await dashboard.go('/agents')
  await page.getByRole('button', { name: 'Publish agent' }).click()
  await page.getByRole('radio', { name: 'Runs elsewhere' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('far-away')
  await page.getByRole('button', { name: 'Register' }).click()
  const key = (await page.getByRole('dialog').locator('code').textContent()) ?? ''
  expect((await cadre.clientOf(key).session.whoAmI()).kind).toBe('agent')
  await page.keyboard.press('Escape')
  expect(await page.getByText(key).isVisible()).toBe(true)
  await page.getByRole('button', { name: 'I have copied it' }).click()
  await page.getByRole('heading', { name: 'far-away' }).waitFor()
  expect(await page.getByText(key).count()).toBe(0)

  await page.getByRole('button', { name: 'More actions' }).click()
  await page.getByRole('menuitem', { name: 'Delete agent' }).click()
  await page.getByRole('button', { name: 'Delete agent' }).click()
  await page.getByRole('heading', { name: 'Agents', level: 1 }).waitFor()
  expect((await cadre.client.agents.search('far-away')).total).toBe(0)
})

test('processes of a remote agent → seen at once, with what they are at; gone when they stop', async () => {
  const { page } = dashboard
  const agent = await registerRemote(cadre.client, 'far-worker')
  await dashboard.go(`/agents/${agent.id}`)
  const panel = page.getByRole('region', { name: 'Processes' })
  await panel.getByText('none connected').waitFor()
  await page.getByText('Not connected', { exact: true }).waitFor()
  const gate = Promise.withResolvers<void>()
  const consumer = startConsuming(() => gate.promise, {
    cadre: createCadre({ url: cadre.url, key: agent.key }),
    concurrency: 4,
  })
  const row = panel.getByRole('listitem')
  await row.getByText(`:${process.pid}`).waitFor()
  await row.getByText('HTTP').waitFor()
  await row.getByText('4', { exact: true }).waitFor()
  for (let n = 0; n < 2; n++) await cadre.client.tasks.create({ agent_id: agent.id })
  await row.getByText('2', { exact: true }).waitFor()
  await dashboard.keepScreenshot('agent-processes')
  await dashboard.go('/agents')
  const card = page.getByRole('link', { name: /far-worker/ })
  await card.getByText('1 process · 2 of 4 in flight').waitFor()
  await dashboard.keepScreenshot('agents-processes')
  await dashboard.go(`/agents/${agent.id}`)
  gate.resolve()
  await consumer.stop()
  await panel.getByText('none connected').waitFor()
})
