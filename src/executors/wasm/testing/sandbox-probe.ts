/** Run with the runner's own flags: tries what a runner must not be able to do, prints how it went. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:inspector'
import { WASI } from 'node:wasi'

const attempts: Record<string, () => unknown> = {
  readFile: () => readFileSync('/etc/hostname'),
  readOwnProject: () => readFileSync(new URL('../../../../package.json', import.meta.url)),
  listDirectory: () => readdirSync('/'),
  writeFile: () => writeFileSync('/tmp/cadre-sandbox-probe', ''),
  startProcess: () => spawnSync(process.execPath, ['--version']),
  loadAddon: () => process.dlopen({ exports: {} }, '/tmp/cadre-no-such-addon.node'),
  openInspector: () => open(0),
  useNodeWasi: () => new WASI({ version: 'preview1' }),
  largeMemory: () => new WebAssembly.Memory({ initial: 5_000 }),
}

const codeOf = (attempt: () => unknown): string => {
  try {
    attempt()
    return 'allowed'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

const results = Object.entries(attempts).map(([name, attempt]) => [name, codeOf(attempt)])
process.stdout.write(
  JSON.stringify({ ...Object.fromEntries(results), environment: Object.keys(process.env) }),
)
