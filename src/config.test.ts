import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { configurationPage } from '../scripts/configuration-page.ts'
import { readConfig } from './config.ts'

test('no settings: defaults', () => {
  expect(readConfig({})).toMatchObject({
    CADRE_HOST: '127.0.0.1',
    CADRE_PORT: 8080,
    CADRE_DATA_DIR: '.cadre',
    CADRE_MAX_RETRIES: 3,
    CADRE_BACKOFF_BASE_SECONDS: 5,
    CADRE_BACKOFF_CAP_SECONDS: 300,
  })
})

test('the configuration is frozen', () => {
  expect(Object.isFrozen(readConfig({}))).toBe(true)
})

test('empty value: counts as not set', () => {
  expect(readConfig({ CADRE_PORT: '' }).CADRE_PORT).toBe(8080)
})

test('several faults: all are named at once', () => {
  expect(() => readConfig({ CADRE_PORT: '99999', CADRE_LOG_LEVEL: 'loud' })).toThrow(
    /CADRE_PORT[\s\S]*CADRE_LOG_LEVEL/,
  )
})

test('misspelt key: refused by name', () => {
  expect(() => readConfig({ CADRE_PROT: '1' })).toThrow(/no setting CADRE_PROT/)
})

test('keys of the command line and of other programs: left alone', () => {
  expect(() => readConfig({ CADRE_URL: 'http://x', CADRE_TEST_X: '1', PATH: '/bin' })).not.toThrow()
})

test.each([
  [{ CADRE_BROKER: 'redis' }, 'CADRE_REDIS_URL'],
  [{ CADRE_BROKER: 'rabbitmq' }, 'RABBITMQ_URL'],
  [{ CADRE_S3_BUCKET: 'binaries', CADRE_S3_ACCESS_KEY: 'x' }, 'CADRE_S3_SECRET_KEY'],
  [{ CADRE_S3_ENDPOINT: 'http://127.0.0.1:9000' }, 'CADRE_S3_BUCKET'],
])('%j: says that %s is needed', (settings, needed) => {
  expect(() => readConfig(settings)).toThrow(new RegExp(`${needed}: is needed`))
})

test('docs/configuration.md tells of every key as it is', () => {
  const page = readFileSync(join(import.meta.dirname, '..', 'docs', 'configuration.md'), 'utf8')
  expect(page).toBe(configurationPage())
})
