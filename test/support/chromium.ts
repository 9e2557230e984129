import { chromium, type Browser } from 'playwright-core'
import { findChromium } from './services/chromium.ts'

/** Quiet and self-contained: no first-run pages, no updates, no requests of its own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts a headless browser; see {@link findChromium} for which one. */
export const startChromium = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await findChromium(), args: FLAGS })
