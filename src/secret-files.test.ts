import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { configurationKeys, readConfig } from './config.ts'

const directory = mkdtempSync(join(tmpdir(), 'cadre-secrets-'))
afterAll(() => rmSync(directory, { recursive: true }))
const fileOf = (name: string, content: string) => {
  const file = join(directory, name)
  writeFileSync(file, content)
  return file
}
const messageOf = (environment: Record<string, string>): string => {
  try {
    readConfig(environment)
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

test('secret in a file → as if it were set, without the line break at its end', () => {
  const file = fileOf('key', 'a-key-of-the-administrator\n')
  expect(readConfig({ CADRE_ADMIN_KEY_FILE: file }).CADRE_ADMIN_KEY).toBe(
    'a-key-of-the-administrator',
  )
  const url = fileOf('database', 'postgresql://cadre:secret@db.example/cadre\r\n')
  expect(readConfig({ CADRE_DATABASE_URL_FILE: url }).CADRE_DATABASE_URL).toContain('@db.example')
})

test('every setting that holds a secret can stand in a file, and no other', () => {
  const secrets = configurationKeys().filter(({ isSecret }) => isSecret)
  expect(secrets.map(({ name }) => name)).toEqual([
    'CADRE_ADMIN_KEY',
    'CADRE_DATABASE_URL',
    'CADRE_SEALING_KEY',
    'CADRE_OIDC_CLIENT_SECRET',
    'RABBITMQ_URL',
    'CADRE_REDIS_URL',
    'CADRE_S3_ACCESS_KEY',
    'CADRE_S3_SECRET_KEY',
  ])
  expect(messageOf({ CADRE_PORT_FILE: fileOf('port', '80') })).toContain('CADRE_PORT_FILE')
})

test('both set → refused', () => {
  const message = messageOf({
    CADRE_ADMIN_KEY: 'one-key-of-the-administrator',
    CADRE_ADMIN_KEY_FILE: fileOf('other', 'another-key-of-the-administrator'),
  })
  expect(message).toMatch(/CADRE_ADMIN_KEY or CADRE_ADMIN_KEY_FILE/)
})

test.each<[string, () => string]>([
  ['absent', () => join(directory, 'absent')],
  ['a directory', () => directory],
  ['empty', () => fileOf('empty', '\n')],
  ['too large', () => fileOf('large', 'x'.repeat(70_000))],
])('file is %s → refused by the name of the setting', (_case, file) => {
  expect(messageOf({ CADRE_ADMIN_KEY_FILE: file() })).toMatch(/^CADRE_ADMIN_KEY_FILE names a file/)
})

test('a secret that makes no sense → the message does not tell it', () => {
  const environments: Record<string, string>[] = [
    { CADRE_ADMIN_KEY: 'tooshort' },
    { CADRE_ADMIN_KEY_FILE: fileOf('short', 'tooshort') },
    { RABBITMQ_URL: 'http://user:tooshort@broker' },
    { CADRE_REDIS_URL: 'tooshort' },
    { CADRE_DATABASE_URL: 'tooshort' },
  ]
  for (const environment of environments) {
    const message = messageOf(environment)
    expect(message).toMatch(/invalid/)
    expect(message).not.toContain('tooshort')
  }
})
