import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The commands against the real server.

let server: RunningCadre
let folder: string
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (args: string[], key = server.key) =>
  runCadreCli(args, { cwd: folder, env: { CADRE_URL: server.url, CADRE_KEY: key } })

test('create, suspend, resume, export, delete → the key alone on stdout, and each does what it says', async () => {
  const created = await cadre(['tenants', 'create', 'acme', '--admin', 'root', '--weight', '3'])
  const key = created.stdout.trim()
  expect(created.stderr).toContain('shown only now')
  expect((await cadre(['tenants'], key)).stdout).toMatch(/acme +active +3 /)
  expect((await cadre(['tenants', 'list'])).stdout).toMatch(/acme[^]*default/)

  const suspended = await cadre(['tenants', 'suspend', 'acme', '--reason', 'unpaid'])
  expect(suspended.stdout).toBe('Tenant acme is suspended.\n')
  const refused = await cadre(['tasks'], key)
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('suspended')])
  expect((await cadre(['tenants', 'resume', 'acme'])).stdout).toBe('Tenant acme goes on.\n')
  expect((await cadre(['tasks'], key)).code).toBe(0)

  const exported = await cadre(['tenants', 'export', 'acme', 'acme.ndjson'])
  expect(exported.stdout).toMatch(/^\d+ rows exported to acme\.ndjson\.\n$/)
  const file = join(folder, 'acme.ndjson')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await readFile(file, 'utf8')).split('\n')[0]).toContain('"name":"acme"')
  expect((await cadre(['tenants', 'export', 'acme', 'acme.ndjson'])).stderr).toContain('exists')

  const early = await cadre(['tenants', 'delete', 'acme', '--confirm', 'acme'])
  expect(early.stderr).toContain('Suspend it first')
  await cadre(['tenants', 'suspend', 'acme', '--reason', 'left'])
  const wrong = await cadre(['tenants', 'delete', 'acme', '--confirm', 'other'])
  expect(wrong.stderr).toContain('is not the name')
  const deleted = await cadre(['tenants', 'delete', 'acme', '--confirm', 'acme'])
  expect(deleted.stdout).toBe('Tenant acme is being deleted.\n')
  await expect
    .poll(async () => (await server.client.tenants.list()).items.map(({ name }) => name))
    .toEqual(['default'])
  expect((await cadre(['tenants', 'resume', 'acme'])).stderr).toContain('no such tenant')
})
