import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { resolveConnection } from './connection.ts'
import type { Environment } from './environment.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cadre-connection-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('order', () => {
  test('nothing given → the default address and no key', () => {
    expect(resolve()).toEqual({
      url: 'http://127.0.0.1:8080',
      key: undefined,
      keySource: undefined,
    })
  })

  test('flags win over the environment, and that over the local key', () => {
    leaveLocalKey()
    const environment = { url: 'http://env:1', key: 'env' }
    expect(resolve({ url: 'http://flag:1', key: 'flag' }, environment)).toMatchObject({
      url: 'http://flag:1',
      key: 'flag',
    })
    expect(resolve({}, environment)).toMatchObject({ url: 'http://env:1', key: 'env' })
  })

  test.each([
    ['example.org:8080', 'http://example.org:8080'],
    ['https://example.org/cadre/', 'https://example.org/cadre'],
  ])('--url %s → %s', (url, expected) => {
    expect(resolve({ url }).url).toBe(expected)
  })

  test.each(['ftp://x', 'http://', 'http://a:b@c', 'http://x?y'])('--url %s → refused', (url) => {
    expect(() => resolve({ url })).toThrow('is no address of Cadre')
  })
})

describe('local key', () => {
  test('found upward, its address is the default', () => {
    leaveLocalKey()
    const deep = join(folder, 'a', 'b')
    mkdirSync(deep, { recursive: true })
    expect(resolve({}, {}, deep)).toMatchObject({ url: LOCAL_URL, key: 'cadre_local' })
  })

  test('CADRE_DATA_DIR names the place', () => {
    leaveLocalKey({ dataDir: join(folder, 'data') })
    expect(resolve({}, { dataDir: join(folder, 'data') }, '/').key).toBe('cadre_local')
  })

  test('is not sent to another server', () => {
    leaveLocalKey()
    expect(resolve({ url: 'http://example.org:9001' }).key).toBeUndefined()
    expect(resolve({ url: 'http://127.0.0.1:9002' }).key).toBeUndefined()
  })

  test('localhost and 127.0.0.1 are the same server', () => {
    leaveLocalKey()
    expect(resolve({ url: 'http://localhost:9001' }).key).toBe('cadre_local')
  })

  test('readable by others → refused with the mend', () => {
    const path = leaveLocalKey()
    chmodSync(path, 0o640)
    expect(() => resolve()).toThrow(`chmod 600 ${path}`)
    expect(resolve({ key: 'flag' }).key).toBe('flag')
  })

  test.each(['', '{}', 'null', '{"url":"no address","key":"k"}'])(
    'damaged (%s) → says so',
    (text) => {
      leaveLocalKey({ text })
      expect(() => resolve()).toThrow('is damaged')
    },
  )
})

const LOCAL_URL = 'http://127.0.0.1:9001'
const NO_ENVIRONMENT: Environment = {
  url: undefined,
  key: undefined,
  dataDir: undefined,
  configHome: undefined,
  isDumbTerminal: false,
}

const resolve = (
  flags: { url?: string; key?: string } = {},
  environment: Partial<Environment> = {},
  from = folder,
) => resolveConnection(flags, { ...NO_ENVIRONMENT, ...environment }, from)

const leaveLocalKey = ({
  dataDir = join(folder, '.cadre'),
  text = JSON.stringify({ url: LOCAL_URL, key: 'cadre_local' }),
} = {}): string => {
  mkdirSync(dataDir, { recursive: true })
  const path = join(dataDir, 'local-key')
  writeFileSync(path, text, { mode: 0o600 })
  return path
}
