import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

// The commands against the real server.

let server: RunningCadre
let folder: string
let file: string
const PASSWORD = 'four words and more'
beforeAll(async () => {
  server = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  folder = await mkdtemp(join(tmpdir(), 'cadre-cli-'))
  file = join(folder, 'cadre', 'credentials.json')
  const ann = { email: 'ann@example.com', role: 'admin', password: PASSWORD }
  await server.client.members.create(ann)
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const cadre = (args: string[], options: { stdin?: string; key?: string } = {}) =>
  runCadreCli(args, {
    cwd: folder,
    stdin: options.stdin,
    env: { XDG_CONFIG_HOME: folder, ...(options.key !== undefined && { CADRE_KEY: options.key }) },
  })
const login = (stdin: string, ...more: string[]) =>
  cadre(['login', '--url', server.url, '--email', 'ann@example.com', '--password-stdin', ...more], {
    stdin,
  })

test('login by password → a key of this machine, kept for the user alone; logout → revoked', async () => {
  const wrong = await login('not the password')
  expect([wrong.code, wrong.stdout]).toEqual([1, ''])
  expect(wrong.stderr).toMatch(/password/i)
  expect(wrong.stderr).not.toContain('wants a key')
  await expect(stat(file)).rejects.toThrow()

  const done = await login(`${PASSWORD}\n`, '--days', '1')
  expect(done.stdout).toContain(`Logged in to ${server.url} as ann@example.com (admin).`)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const kept = await readFile(file, 'utf8')
  expect(kept).not.toContain(PASSWORD)
  expect(done.stdout + done.stderr).not.toMatch(/cadre_\w{8}_/)

  // Without an address it is the server of the last login.
  const whoAmI = await cadre(['whoami'])
  expect(whoAmI.stdout).toContain('ann@example.com (user, admin)')
  expect(whoAmI.stdout).toContain(`key from ${file}`)
  const mine = await cadre(['keys', '--json'])
  expect(JSON.parse(mine.stdout).items).toMatchObject([
    { label: expect.stringMatching(/^cadre on /), expires_at: expect.any(String) },
  ])

  // The key goes to its server, and to no other.
  const elsewhere = await cadre(['whoami', '--url', server.url.replace('127.0.0.1', 'localhost')])
  expect(elsewhere.stderr).toContain('wants a key')

  const out = await cadre(['logout'])
  expect(out.stdout).toBe(`Logged out of ${server.url}.\n`)
  const key = Object.values((JSON.parse(kept) as { keys: Record<string, string> }).keys)[0]
  expect((await cadre(['whoami', '--url', server.url], { key })).stderr).toContain('not accept')
})

test('login with a key → kept as it is; one that is not known → not kept', async () => {
  const unknown = await cadre(['login', '--url', server.url, '--key-stdin'], { stdin: 'nonsense' })
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('is not known')])
  const known = await cadre(['login', '--url', server.url, '--key-stdin'], { stdin: server.key })
  expect(known.stdout).toContain('as administrator (admin)')
  expect((await cadre(['whoami'])).stdout).toContain('administrator')
})

test('credentials that others can read, or that are damaged → refused with the mend', async () => {
  await cadre(['login', '--url', server.url, '--key-stdin'], { stdin: server.key })
  const text = await readFile(file, 'utf8')
  await writeFile(file, '{"keys": 3}')
  expect((await cadre(['whoami'])).stderr).toContain('damaged')
  await rm(file)
  await writeFile(file, text, { mode: 0o644 })
  expect((await cadre(['whoami'])).stderr).toContain('chmod 600')
  await rm(file)
})

test('keys: create, list, rotate, revoke → the key alone on stdout', async () => {
  const as = { key: server.key }
  const url = ['--url', server.url]
  const made = await cadre(['keys', 'create', 'ci', '--scope', 'task.*', ...url], as)
  const key = made.stdout.trim()
  expect(key).toMatch(/^cadre_/)
  expect((await cadre(['tasks', ...url], { key })).code).toBe(0)
  expect((await cadre(['agents', ...url], { key })).stderr).toContain('agent.read')
  const [, id = ''] = /Key (\S+) of/.exec(made.stderr) ?? []
  const rotated = await cadre(['keys', 'rotate', id, ...url], as)
  expect((await cadre(['tasks', ...url], { key })).code).toBe(1)
  const [, newId = ''] = /Key (\S+) of/.exec(rotated.stderr) ?? []
  expect((await cadre(['keys', '--all', ...url], as)).stdout).toMatch(/task\.\* .*ci/)
  expect((await cadre(['keys', 'revoke', newId, ...url], as)).stdout).toContain('is revoked')
  expect((await cadre(['tasks', ...url], { key: rotated.stdout.trim() })).code).toBe(1)
})

test('members: invite, change, disable, remove → done; an unknown one is named', async () => {
  const as = { key: server.key }
  const members = (...args: string[]) => cadre(['members', ...args, '--url', server.url], as)
  const invited = await members('invite', 'bob@example.com', '--role', 'developer')
  expect(invited.stderr).toContain('hand over')
  await server.client.invitations.accept({ token: invited.stdout.trim(), password: PASSWORD })
  expect((await members()).stdout).toMatch(/bob@example\.com +developer +active/)
  expect((await members('role', 'bob@example.com', 'viewer')).stdout).toContain('role viewer')
  expect((await members('disable', 'bob@example.com')).stdout).toContain('is disabled')
  expect((await members('enable', 'bob@example.com')).stdout).toContain('active again')
  const users = (...args: string[]) => cadre(['users', ...args, '--url', server.url], as)
  expect((await users('disable', 'bob@example.com')).stdout).toContain('disabled everywhere')
  expect((await users('show', 'bob@example.com')).stdout).toMatch(/Member of +default, as viewer/)
  expect((await users('enable', 'bob@example.com')).stdout).toContain('may sign in again')
  expect((await members('remove', 'bob@example.com')).stdout).toContain('no member any more')
  expect((await members('disable', 'bob@example.com')).stderr).toContain('no member bob')
})

test('service accounts: create, give a key, change, disable, remove → done; an unknown one is named', async () => {
  const as = { key: server.key }
  const accounts = (...args: string[]) =>
    cadre(['service-accounts', ...args, '--url', server.url], as)
  const made = await accounts('create', 'deployer', '--role', 'viewer')
  expect(made.stdout).toContain('deployer is there, with the role viewer.')
  const key = await cadre(
    ['keys', 'create', 'CI', '--service-account', 'deployer', '--url', server.url],
    as,
  )
  const whoAmI = () => server.clientOf(key.stdout.trim()).session.whoAmI()
  expect(await whoAmI()).toMatchObject({ name: 'deployer', kind: 'service', role: 'viewer' })
  expect((await accounts('role', 'deployer', 'developer')).stdout).toContain('role developer')
  expect((await accounts('rename', 'deployer', 'releaser')).stdout).toBe('It is releaser now.\n')
  expect(await whoAmI()).toMatchObject({ name: 'releaser', role: 'developer' })
  expect((await accounts('disable', 'releaser')).stdout).toContain('is disabled')
  await expect(whoAmI()).rejects.toMatchObject({ status: 401 })
  expect((await accounts('enable', 'releaser')).stdout).toContain('active again')
  expect((await accounts()).stdout).toMatch(/releaser +developer +active/)
  expect((await accounts('remove', 'releaser')).stdout).toContain('with its keys')
  await expect(whoAmI()).rejects.toMatchObject({ status: 401 })
  const unknown = await accounts('disable', 'nobody')
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    expect.stringContaining('There is no service account nobody'),
  ])
})
