import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { openSealing } from './open-trust.ts'
import { systemRandom } from './platform/random.ts'
import { silentLogger, type Logger } from './platform/telemetry/logger.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cadre-sealing-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const KEY = Buffer.alloc(32, 5).toString('base64')
const open = (settings: Record<string, string>, logger: Logger = silentLogger) =>
  openSealing(readConfig({ CADRE_DATA_DIR: directory, ...settings }), {
    random: systemRandom,
    logger,
  })

test('embedded: the first start makes a key that only the owner reads; later ones use it', async () => {
  const sealed = (await open({})).seal('a secret', 'here')
  expect((await open({})).open(sealed, 'here')).toBe('a secret')
  expect((await stat(join(directory, 'sealing-key'))).mode & 0o777).toBe(0o600)
  await writeFile(join(directory, 'sealing-key'), 'spoilt\n')
  await expect(open({})).rejects.toThrow(/sealing-key.*Restore it/)
})

test('a key that is set, also by a file, in base64 or hexadecimal → the same', async () => {
  const file = join(directory, 'secret')
  await writeFile(file, `${KEY}\n`)
  const sealed = (await open({ CADRE_SEALING_KEY: KEY })).seal('a secret', 'here')
  const same: Record<string, string>[] = [
    { CADRE_SEALING_KEY: '05'.repeat(32) },
    { CADRE_SEALING_KEY_FILE: file },
    { CADRE_SEALING_KEY: `${'06'.repeat(32)}, ${KEY}` },
  ]
  for (const settings of same) expect((await open(settings)).open(sealed, 'here')).toBe('a secret')
})

test.each(['short', KEY.slice(1), '05'.repeat(31), `${KEY},`, `${KEY} ${KEY}`])(
  'a key that is none: %s → refused, and not shown',
  (key) => {
    const reading = () => readConfig({ CADRE_SEALING_KEY: key })
    expect(reading).toThrow(/CADRE_SEALING_KEY.*openssl rand -base64 32/)
    expect(reading).not.toThrow(key)
  },
)

test('a database server and no key → plain, with a warning that says the mend', async () => {
  const warnings: unknown[] = []
  const logger = { ...silentLogger, warn: (name: string) => void warnings.push(name) }
  const sealing = await open({ CADRE_DATABASE_URL: 'postgres://localhost/cadre' }, logger)
  expect(sealing.seal('a secret', 'here')).toBe('a secret')
  expect(warnings).toEqual(['sealing.off'])
})
