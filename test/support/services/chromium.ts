import { firstExecutable, installUnlessFound } from './debian-packages.ts'

const EXECUTABLES = [
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
export const findChromium = async (): Promise<string> => {
  const named = process.env['CADRE_TEST_CHROMIUM']
  if (named !== undefined) {
    if ((await firstExecutable([named])) === null)
      throw new Error(`CADRE_TEST_CHROMIUM: ${named} cannot be executed.`)
    return named
  }
  const { found, isInstalledNow } = await installUnlessFound(['chromium'], () =>
    firstExecutable(EXECUTABLES),
  )
  process.stderr.write(`Chromium: ${isInstalledNow ? 'installed' : 'found'} ${found}\n`)
  return found
}
