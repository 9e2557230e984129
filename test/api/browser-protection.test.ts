import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRaw } from '../support/raw-http.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// What browsers may do with what we answer, and which files anybody can get.

const PAGE_ORIGIN = 'https://app.example'
let cadre: RunningCadre
let closed: RunningCadre
beforeAll(async () => {
  const settings = { CADRE_DEMO_AGENTS: 'false' }
  cadre = await startCadre({
    ...settings,
    CADRE_CORS_ORIGINS: `${PAGE_ORIGIN}, http://localhost:3000`,
    CADRE_TRUSTED_PROXY_HOPS: '1',
  })
  closed = await startCadre(settings)
})
afterAll(async () => {
  await cadre.stop()
  await closed.stop()
})

describe('headers', () => {
  test.each(['/api/v1/session', '/api/v1/no-such-route', '/health', '/metrics'])(
    '%s: data that no page may be made of, nor kept',
    async (path) => {
      const { headers } = await closed.request(path)
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      })
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('x-powered-by')).toBeNull()
      expect(headers.get('server')).toBeNull()
    },
  )

  test('pages: scripts and styles of ours only, in no frame, without devices', async () => {
    const { headers } = await fetch(`${closed.url}/tasks`)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("object-src 'none'")
    expect(policy).toContain("base-uri 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('permissions-policy')).toContain('camera=()')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('the built page holds no script, style or handler that the policy would refuse', () => {
    const root = join(import.meta.dirname, '..', '..')
    const page = readFileSync(join(root, 'packages/dashboard/dist/index.html'), 'utf8')
    expect(page).toContain('<script')
    expect(page).not.toMatch(
      /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:|https?:\/\//i,
    )
  })

  test('behind a proxy that speaks TLS → strict transport and a secure cookie; else neither', async () => {
    const signIn = (on: RunningCadre) =>
      fetch(`${on.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-proto': 'https' },
        body: JSON.stringify({ key: on.key }),
      })
    const behind = await signIn(cadre)
    expect(behind.headers.getSetCookie()[0]).toMatch(/; Secure/)
    expect(behind.headers.get('strict-transport-security')).toBe('max-age=31536000')
    const direct = await signIn(closed)
    expect(direct.headers.getSetCookie()[0]).not.toMatch(/; Secure/)
    expect(direct.headers.get('strict-transport-security')).toBeNull()
  })
})

describe('cross-origin', () => {
  const preflight = (on: RunningCadre, origin: string, path = '/api/v1/tasks') =>
    fetch(on.url + path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type',
      },
    })

  test('listed origin: preflight → 204 without identity; answers can be read, with a key only', async () => {
    const asked = await preflight(cadre, PAGE_ORIGIN)
    expect(asked.status).toBe(204)
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': PAGE_ORIGIN,
      'access-control-allow-methods': expect.stringContaining('POST'),
      'access-control-allow-headers': expect.stringContaining('authorization'),
      vary: 'origin',
    })
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull()
    const read = await cadre.request('/api/v1/session', { headers: { origin: PAGE_ORIGIN } })
    expect(read.status).toBe(200)
    expect(read.headers.get('access-control-allow-origin')).toBe(PAGE_ORIGIN)
    expect(read.headers.get('access-control-expose-headers')).toContain('retry-after')
    expect(read.headers.get('access-control-allow-credentials')).toBeNull()
    const nobody = await fetch(`${cadre.url}/api/v1/session`, { headers: { origin: PAGE_ORIGIN } })
    expect(nobody.status).toBe(401)
  })

  test.each([
    'https://other.example',
    'http://app.example',
    'https://app.example:8443',
    'https://app.example.evil.example',
    'https://evil-app.example',
    'https://APP.example',
    'null',
    '*',
  ])('origin %s → no permission', async (origin) => {
    const asked = await preflight(cadre, origin)
    expect(asked.status).toBe(401)
    expect(asked.headers.get('access-control-allow-origin')).toBeNull()
    const read = await cadre.request('/api/v1/session', { headers: { origin } })
    expect(read.headers.get('access-control-allow-origin')).toBeNull()
    expect(read.headers.get('vary')).toBe('origin')
  })

  test('no list → nobody, and pages never', async () => {
    expect(
      (await preflight(closed, PAGE_ORIGIN)).headers.get('access-control-allow-origin'),
    ).toBeNull()
    const page = await fetch(`${cadre.url}/`, { headers: { origin: PAGE_ORIGIN } })
    expect(page.headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('files', () => {
  const get = async (target: string) => {
    const raw = await openRaw(closed.url)
    await raw.send(`GET ${target} HTTP/1.1\r\nhost: cadre\r\nconnection: close\r\n\r\n`)
    return raw.ended
  }

  test.each([
    '/../../../../package.json',
    '/assets/../../package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/%2e%2e%2f%2e%2e%2fpackage.json',
    '/..%252f..%252fpackage.json',
    '/assets/..%5c..%5cpackage.json',
    '/..\\..\\package.json',
    '//etc/passwd',
    '/assets//../../../package.json',
    '/....//....//package.json',
    '/package.json%00.html',
    '/index.html%00',
    '/assets/%c0%ae%c0%ae/package.json',
    '/file:///etc/passwd',
    '/.git/config',
    '/.env',
    '/%zz.js',
  ])('%s → no file from elsewhere', async (target) => {
    const answer = await get(target)
    expect(answer).toMatch(/^HTTP\/1\.1 (?:200|400|401|404) /)
    expect(answer).not.toMatch(/"workspaces"|root:|\[core\]|"dependencies"/)
    if (answer.startsWith('HTTP/1.1 200')) expect(answer).toContain('<div id="root">')
  })
})
