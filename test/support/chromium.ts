import { chromium, type Browser } from 'playwright-core'
import { inject } from 'vitest'
import type { ChromiumAddress } from './services/chromium.ts'

/**
 * The headless browser of the whole run, as far as this test is concerned: to close it ends the
 * contexts that were opened here, and no others.
 */
export const openChromium = async (): Promise<Browser> => {
  const response = await fetch(`${inject('services')}/chromium`)
  if (!response.ok) throw new Error(await response.text())
  const { endpoint } = (await response.json()) as ChromiumAddress
  return chromium.connect(endpoint)
}
