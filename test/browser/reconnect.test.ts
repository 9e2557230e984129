import { expect, test } from 'vitest'
import { registerRemote } from '../support/agent-forms.ts'
import { openChromium } from '../support/chromium.ts'
import { createTestDatabase } from '../support/databases.ts'
import { startCadre } from '../support/start-cadre.ts'
import { openDashboard } from './dashboard.ts'

test('server restarts under an open page → it says so, comes back, and shows what it missed', async () => {
  const database = await createTestDatabase('postgres')
  const settings = { CADRE_DATABASE_URL: database.url ?? '' }
  const first = await startCadre(settings)
  const { id } = await registerRemote(first.client, 'far-away')
  await first.client.workflows.publish({
    name: 'far-away',
    version: '1.0.0',
    steps: { parcel: { signal: 'parcel' } },
  })
  const browser = await openChromium()
  const { page, keepScreenshot } = await openDashboard(browser, first)
  const workflows = await openDashboard(browser, first)
  await workflows.go('/workflows')
  await workflows.page.getByText('Never run').waitFor()
  await page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor()

  await first.stop()
  await page.getByText('Reconnecting').filter({ visible: true }).waitFor()
  await keepScreenshot('reconnecting')

  const second = await startCadre({ ...settings, CADRE_PORT: new URL(first.url).port })
  await second.client.tasks.create({ agent_id: id, title: 'While away' })
  await second.client.runs.trigger('far-away', {})
  await page.getByText('Live', { exact: true }).filter({ visible: true }).waitFor()
  await page.locator('[data-row]', { hasText: 'While away' }).waitFor()
  expect(page.url()).toBe(`${second.url}/`)
  await workflows.page.getByRole('main').getByText('Running').waitFor()

  await browser.close()
  await second.stop()
  await database.drop()
})
