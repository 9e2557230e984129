import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

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

/**
 * Starts a browser: the one `CADRE_TEST_CHROMIUM` names, an installed one, or Debian's package,
 * which is installed first where that is permitted.
 */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: findChromium() ?? installChromium(), args: FLAGS })

const findChromium = (): string | undefined => {
  const named = process.env['CADRE_TEST_CHROMIUM']
  return named ?? PLACES.find((path) => existsSync(path))
}

const installChromium = (): string => {
  try {
    console.log('Installing chromium with apt-get for the browser tests')
    execFileSync('apt-get', ['update'], { stdio: 'ignore' })
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  } catch (cause) {
    throw new Error(
      'The browser tests need Chromium: install it, or name it in CADRE_TEST_CHROMIUM.',
      { cause },
    )
  }
  const path = findChromium()
  if (path === undefined) throw new Error('apt-get installed chromium to an unknown place.')
  return path
}
