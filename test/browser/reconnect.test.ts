import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openChromium } from '../support/chromium.ts'
import { startCadre } from '../support/start-cadre.ts'
import { openDashboard } from './dashboard.ts'

test('server restarts under an open page → it says so, comes back, and shows what it missed', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'cadre-browser-'))
  const settings = { CADRE_DATA_DIR: dataDirectory }
  const first = await startCadre(settings)
  const browser = await openChromium()
  const { page, keepScreenshot } = await openDashboard(browser, first)
  await page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor()

  await first.stop()
  await page.getByText('Reconnecting').filter({ visible: true }).waitFor()
  await keepScreenshot('reconnecting')

  const second = await startCadre({ ...settings, CADRE_PORT: new URL(first.url).port })
  await second.client.tasks.create({ agent_id: 'word-count', title: 'While away', input: 'a' })
  await page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor()
  await page.locator('[data-row]', { hasText: 'While away' }).waitFor()
  expect(page.url()).toBe(`${second.url}/`)

  await browser.close()
  await second.stop()
  await rm(dataDirectory, { recursive: true, force: true })
})
