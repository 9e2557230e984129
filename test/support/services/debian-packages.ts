import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const INSTALL_MS_MAX = 600_000
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

/** The first of these files that can be executed, or null. */
export const firstExecutable = async (paths: readonly string[]): Promise<string | null> => {
  for (const path of paths) {
    const isExecutable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isExecutable) return path
  }
  return null
}

/**
 * Installs Debian packages unless `find` finds what they bring. Safe in several processes at
 * once: they take turns, and those who waited look again before they install.
 * @throws Error with the reason when it cannot
 */
export const installUnlessFound = async <Found>(
  packages: readonly string[],
  find: () => Promise<Found | null>,
): Promise<{ found: Found; isInstalledNow: boolean }> => {
  const present = await find()
  if (present !== null) return { found: present, isInstalledNow: false }
  if ((await firstExecutable(['/usr/bin/apt-get'])) === null)
    throw new Error(`${packages.join(', ')} is not installed, and this is no Debian.`)
  if (process.getuid?.() !== 0)
    throw new Error(`Install it first: sudo apt-get install ${packages.join(' ')}`)
  await installInTurn(packages)
  const found = await find()
  if (found === null) throw new Error(`apt-get installed ${packages.join(', ')} in vain.`)
  return { found, isInstalledNow: true }
}

/** apt's own locks make a second installer fail, so ours is waited for first. */
const installInTurn = async (packages: readonly string[]): Promise<void> => {
  const wait = '-o DPkg::Lock::Timeout=300'
  const names = packages.join(' ')
  const installed = packages.map(() => 'installed ').join('')
  // A package that was removed and not purged is still known to dpkg, as no more than that.
  const script = `[ "$(dpkg-query -Wf '\${db:Status-Status} ' ${names} 2>/dev/null)" = "${installed}" ] && exit 0
    apt-get ${wait} -q update && apt-get ${wait} -qy --no-install-recommends install ${names}`
  try {
    await run('flock', [join(tmpdir(), 'cadre-test-apt.lock'), 'sh', '-c', script], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      timeout: INSTALL_MS_MAX,
      maxBuffer: OUTPUT_BYTES_MAX,
    })
  } catch (error) {
    throw new Error(`apt-get could not install ${names}.`, { cause: error })
  }
}
