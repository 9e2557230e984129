import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Installs packages, each with its exact version, into a new temporary folder; answers its path. */
export const installPackages = async (packages: readonly string[]): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'cadre-peer-packages-'))
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await run('npm', ['install', '--no-audit', '--no-fund', '--save-exact', ...packages], {
    cwd: folder,
  })
  return folder
}
