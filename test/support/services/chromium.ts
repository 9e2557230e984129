import { firstExecutable, installUnlessFound } from './debian-packages.ts'

/** Where a browser listens that all tests share. */
export interface ChromiumAddress {
  endpoint: string
}

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

/** A headless browser for the service desk: each test opens contexts of its own in it. */
export const startSharedChromium = async () => {
  const executablePath = await findChromium()
  // Loaded only in a run that has tests with a browser.
  const { chromium } = await import('playwright-core')
  const server = await chromium.launchServer({ executablePath, args: FLAGS, host: '127.0.0.1' })
  return {
    address: { endpoint: server.wsEndpoint() } satisfies ChromiumAddress,
    stop: () => server.close(),
  }
}

/** First the one that has no windows: a context costs it half, and a page two thirds. */
const EXECUTABLES = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * A Chromium to drive: `CADRE_TEST_CHROMIUM`, an installed one, or Debian's, installed now.
 * @returns path of the executable
 * @throws Error with the reason when there is none
 */
const findChromium = async (): Promise<string> => {
  const named = process.env['CADRE_TEST_CHROMIUM']
  if (named !== undefined) {
    if ((await firstExecutable([named])) === null)
      throw new Error(`CADRE_TEST_CHROMIUM: ${named} cannot be executed.`)
    return named
  }
  const find = () => firstExecutable(EXECUTABLES)
  // Not every Debian has a package of the smaller one.
  const { found, isInstalledNow } = await installUnlessFound(
    ['chromium-headless-shell'],
    find,
  ).catch(() => installUnlessFound(['chromium'], find))
  process.stderr.write(`Chromium: ${isInstalledNow ? 'installed' : 'found'} ${found}\n`)
  return found
}
