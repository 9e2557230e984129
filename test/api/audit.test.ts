import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CHAIN_START,
  createChainCheck,
  type AuditListQuery,
  type AuditRecord,
  type Client,
} from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { membersAndStranger } from '../support/insert-principals.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

const keyOf = (name: string) => `key-of-the-audit-tests-${name}`
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

let cadre: RunningCadre
let dataDirectory: string
let supervisor: Client

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'cadre-audit-'))
  cadre = await startCadre(
    { CADRE_DATA_DIR: dataDirectory, CADRE_DEMO_AGENTS: 'false' },
    {
      principals: [
        ...membersAndStranger(['viewer', 'developer', 'supervisor'], keyOf),
        { tenant: 'other', role: 'viewer', key: keyOf('other-viewer') },
      ],
    },
  )
  supervisor = cadre.clientOf(keyOf('supervisor'))
})
afterAll(async () => {
  await cadre.stop()
  await rm(dataDirectory, { recursive: true, force: true })
})

const listed = async (query: AuditListQuery, client = cadre.client): Promise<AuditRecord[]> =>
  (await client.audit.list({ limit: 100, ...query })).items
const latest = async (query: AuditListQuery): Promise<AuditRecord> => {
  const [record] = await listed(query)
  if (record === undefined) throw new Error(`Nothing was recorded: ${JSON.stringify(query)}`)
  return record
}
const statusOf = async (path: string, key: string, init: RequestInit = {}) => {
  const headers = { authorization: `Bearer ${key}`, ...init.headers }
  const response = await fetch(cadre.url + path, { ...init, headers })
  await response.body?.cancel()
  return response.status
}

describe('what is recorded', () => {
  test('agents: each change → who, from where, before and after', async () => {
    const { id } = await registerRemote(supervisor, 'recorded', [])
    await supervisor.agents.disable(id)
    await supervisor.agents.enable(id)
    await supervisor.agents.change(id, { concurrency_max: 3 })
    await supervisor.agents.newKey(id)
    await supervisor.agents.remove(id)
    const records = (await listed({ resource: id })).toReversed()
    expect(records.map(({ action }) => action)).toEqual([
      'agent.publish',
      'agent.disable',
      'agent.enable',
      'agent.limit',
      'agent.disable',
      'agent.delete',
    ])
    const { principal_id } = await supervisor.session.whoAmI()
    expect(records[1]).toMatchObject({
      actor: { id: principal_id, name: 'default supervisor', kind: 'user', role: 'supervisor' },
      resource: { kind: 'agent', id, name: expect.stringContaining('recorded@') },
      decision: 'allowed',
      origin: {
        ip: expect.stringContaining('127.0.0.1'),
        request_id: expect.stringMatching(/./),
        route: 'POST /api/v1/agents/:id/disable',
      },
      before: { is_enabled: true },
      after: { is_enabled: false },
    })
    const keys = (await listed({ action: 'key.*', actor: 'default supervisor' })).toReversed()
    expect(keys.map(({ action }) => action)).toEqual([
      'key.issue',
      'key.revoke',
      'key.issue',
      'key.revoke',
    ])
  })

  test('schedules, queues, workflows: each change → a record', async () => {
    const { id: agent } = await registerRemote(cadre.client, 'planned', [])
    const schedule = await supervisor.schedules.create({
      name: 'nightly',
      cron: '30 2 * * *',
      task: { agent_id: agent, input: { token: 'confidential' } },
    })
    await supervisor.schedules.pause(schedule.id)
    await supervisor.schedules.pause(schedule.id)
    await supervisor.schedules.update(schedule.id, { cron: '0 4 * * *' })
    await supervisor.schedules.resume(schedule.id)
    await supervisor.schedules.trigger(schedule.id)
    await supervisor.schedules.remove(schedule.id)
    const records = (await listed({ resource: schedule.id })).toReversed()
    expect(records.map(({ action }) => action)).toEqual([
      'schedule.create',
      'schedule.pause',
      'schedule.update',
      'schedule.resume',
      'schedule.trigger',
      'schedule.delete',
    ])
    expect(records[2]).toMatchObject({
      before: { cron: '30 2 * * *' },
      after: { cron: '0 4 * * *' },
    })
    expect(JSON.stringify(records)).not.toContain('confidential')

    await supervisor.queues.change(`tasks.agent.${agent}`, { concurrency_max: 2 })
    expect(await latest({ action: 'queue.change' })).toMatchObject({
      resource: { kind: 'queue', name: `tasks.agent.${agent}` },
      before: { concurrency_max: null },
      after: { concurrency_max: 2 },
    })
    const workflow = await supervisor.workflows.publish({
      name: 'recorded-flow',
      version: '1.0.0',
      steps: { ask: { approval: { message: 'May I?' } } },
    })
    await supervisor.workflows.remove(workflow.id)
    expect((await listed({ resource: workflow.id })).map(({ action }) => action)).toEqual([
      'workflow.delete',
      'workflow.publish',
    ])
  })

  test('runs: control, a decision and a rerun → records with the comment', async () => {
    await supervisor.workflows.publish({
      name: 'asking',
      version: '1.0.0',
      steps: { ask: { approval: { message: 'May I?' } } },
    })
    const { run } = await supervisor.runs.trigger('asking')
    await supervisor.runs.pause(run.id)
    await supervisor.runs.resume(run.id)
    const [ask] = (await supervisor.runs.steps(run.id)).items
    if (ask === undefined) throw new Error('The run has no step.')
    await supervisor.runs.decide(run.id, ask.id, 'reject', { comment: 'too\nmuch' })
    const again = await supervisor.runs.rerun(run.id, { from: 'start' })
    await supervisor.runs.cancel(again.id, { reason: 'enough' })
    expect((await listed({ resource: run.id })).map(({ action }) => action)).toEqual([
      'run.rerun',
      'run.resume',
      'run.pause',
    ])
    expect(await latest({ action: 'run.rerun' })).toMatchObject({
      actor: { name: 'default supervisor' },
      origin: { route: 'POST /api/v1/runs/:id/rerun' },
      after: { run_id: again.id, from: 'start' },
    })
    expect(await latest({ resource: ask.id })).toMatchObject({
      action: 'step.reject',
      resource: { kind: 'step', name: 'ask' },
      after: { run_id: run.id, comment: String.raw`too\u000amuch` },
    })
    expect(await latest({ resource: again.id })).toMatchObject({
      action: 'run.cancel',
      after: { reason: 'enough' },
    })
  })

  test('quarantine: redrive and purge → which tasks, and why', async () => {
    const agent = await registerRemote(cadre.client, 'failing', [])
    const worker = cadre.clientOf(agent.key)
    const failed = async () => {
      const { id } = await cadre.client.tasks.create({ agent_id: 'failing', input: 'private' })
      await worker.tasks.updateStatus(id, { agent_id: agent.id, new_status: 'IN_PROGRESS' })
      const failure = { agent_id: agent.id, error_message: 'no', category: 'permanent' as const }
      await worker.tasks.reportFailure(id, failure)
      return id
    }
    const [first, second, third] = [await failed(), await failed(), await failed()]
    await supervisor.quarantine.redrive(first)
    expect(await latest({ resource: first })).toMatchObject({
      action: 'quarantine.redrive',
      actor: { name: 'default supervisor' },
      after: { tasks: 1, task_ids: [first], resets_retries: true, has_new_input: false },
    })
    await supervisor.quarantine.purgeMany({ filter: { ids: [second, third] }, reason: 'old' })
    const purged = await latest({ action: 'quarantine.purge' })
    expect(purged).toMatchObject({ after: { tasks: 2, reason: 'old' } })
    expect(new Set((purged.after as { task_ids: string[] }).task_ids)).toEqual(
      new Set([second, third]),
    )
    const before = await listed({ action: 'quarantine.purge' })
    await supervisor.quarantine.purgeMany({ filter: { ids: [second] } })
    expect(await listed({ action: 'quarantine.purge' })).toEqual(before)
  })

  test('webhooks: created, changed, removed → records without token and secret', async () => {
    await supervisor.workflows.publish({
      name: 'called',
      version: '1.0.0',
      steps: { ask: { approval: { message: 'May I?' } } },
    })
    const { webhook, path, signing_secret } = await supervisor.webhooks.create('called', {
      name: 'doorbell',
      signature: { scheme: 'github' },
    })
    await supervisor.webhooks.change(webhook.id, { is_enabled: false })
    await supervisor.webhooks.remove(webhook.id)
    const records = (await listed({ resource: webhook.id })).toReversed()
    expect(records.map(({ action }) => action)).toEqual([
      'webhook.create',
      'webhook.change',
      'webhook.delete',
    ])
    expect(records[1]?.after).toEqual({ workflow: 'called', is_signed: true, is_enabled: false })
    const text = JSON.stringify(records)
    for (const secret of [path.split('/').at(-1), signing_secret]) {
      expect(secret).toMatch(/.{8}/)
      expect(text).not.toContain(secret)
    }
  })

  test('sign-in, sign-out, a wrong key → records, and no key in any of them', async () => {
    const post = (key: string) =>
      fetch(`${cadre.url}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key }),
      })
    const cookie = (await post(keyOf('developer'))).headers.get('set-cookie')?.split(';')[0] ?? ''
    await fetch(`${cadre.url}/api/v1/session`, {
      method: 'DELETE',
      headers: { cookie, 'x-cadre-request': '1' },
    })
    expect((await post('a-wrong-key-of-somebody')).status).toBe(401)
    const records = await listed({ action: 'session.*' })
    expect(records.map(({ action, actor }) => [action, actor.name])).toEqual([
      ['session.end', 'default developer'],
      ['session.begin', 'default developer'],
    ])
    expect(await latest({ action: 'access.unauthenticated' })).toMatchObject({
      actor: { id: null, kind: 'unknown' },
      decision: 'denied',
    })
    const everything = JSON.stringify(await listed({}))
    for (const secret of [
      keyOf('developer'),
      'a-wrong-key',
      cookie.split('=')[1] ?? '?',
      cadre.key,
    ])
      expect(everything).not.toContain(secret)
  })
})

describe('refusals', () => {
  test('denied → recorded with the action, the path and the reason', async () => {
    const path = '/api/v1/agents/nobody/disable'
    expect(await statusOf(path, keyOf('viewer'), { method: 'POST' })).toBe(403)
    expect(await latest({ decision: 'denied', actor: 'default viewer' })).toMatchObject({
      action: 'agent.manage',
      resource: { kind: 'path', id: null, name: path },
      decision: 'denied',
      after: { reason: expect.stringContaining('viewer does not permit agent.manage') },
    })
  })

  test('hostile headers and paths → one bounded line, no credential', async () => {
    const path = `/api/v1/agents/${encodeURIComponent('a\r\nseq: 1 \u202e')}/disable`
    const userAgent = `${'u'.repeat(3_000)} Bearer abcdefghijklmnop`
    const headers = { 'user-agent': userAgent, 'x-request-id': 'request-of-an-attack' }
    expect(await statusOf(path, keyOf('viewer'), { method: 'POST', headers })).toBe(403)
    const record = await latest({ decision: 'denied', actor: 'default viewer' })
    expect(record.origin?.request_id).toBe('request-of-an-attack')
    expect(record.origin?.user_agent).toHaveLength(300)
    expect(record.resource.name).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(JSON.stringify(record)).not.toContain('abcdefghijklmnop')
    expect(await cadre.client.audit.verify()).toMatchObject({ ok: true })
  })

  test('flood of refusals → twenty of a principal are recorded, the rest when Cadre stops', async () => {
    const ask = () => statusOf('/api/v1/audit', keyOf('other-viewer'))
    const statuses = await Promise.all(Array.from({ length: 50 }, ask))
    expect(new Set(statuses)).toEqual(new Set([403]))
    const denied = await listed({ decision: 'denied' }, cadre.clientOf(keyOf('other')))
    expect(denied).toHaveLength(20)
    await cadre.stop()
    cadre = await startCadre({
      CADRE_DATA_DIR: dataDirectory,
      CADRE_DEMO_AGENTS: 'false',
    })
    supervisor = cadre.clientOf(keyOf('supervisor'))
    const [left] = await listed({ action: 'audit.left_out' }, cadre.clientOf(keyOf('other')))
    expect(left).toMatchObject({ actor: { name: 'other viewer' }, after: { left_out: 30 } })
  })
})

describe('reading', () => {
  test('who may: supervisors and administrators; everybody else is refused', async () => {
    for (const path of ['/audit', '/audit/export', '/audit/verify']) {
      const statuses = await Promise.all(
        ['viewer', 'developer', 'supervisor'].map((role) =>
          statusOf(`/api/v1${path}`, keyOf(role)),
        ),
      )
      expect([path, statuses]).toEqual([path, [403, 403, 200]])
    }
  })

  test('filters and cursor → the newest first, each record once', async () => {
    const everything = await listed({})
    expect(everything.length).toBeGreaterThan(5)
    expect(everything.map(({ seq }) => seq)).toEqual(
      everything.map(({ seq }) => seq).toSorted((left, right) => right - left),
    )
    const paged: number[] = []
    let cursor: string | undefined
    do {
      const page = await cadre.client.audit.list({ limit: 3, cursor })
      paged.push(...page.items.map(({ seq }) => seq))
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    const first = everything.length === 100 ? paged.slice(0, 100) : paged
    expect(first).toEqual(everything.map(({ seq }) => seq))
    expect(paged.at(-1)).toBe(1)

    const middle = everything[2]?.at ?? ''
    expect((await listed({ since: middle })).every(({ at }) => at >= middle)).toBe(true)
    expect((await listed({ until: middle })).every(({ at }) => at < middle)).toBe(true)
    const actions = (await listed({ action: 'agent.*' })).map(({ action }) => action)
    expect(actions.length).toBeGreaterThan(0)
    expect(actions.every((action) => action.startsWith('agent.'))).toBe(true)
    expect(await listed({ actor: 'nobody' })).toEqual([])
    expect(await statusOf('/api/v1/audit?cursor=nonsense', keyOf('supervisor'))).toBe(422)
  })

  test('another tenant → sees its own chain only', async () => {
    const other = cadre.clientOf(keyOf('other'))
    const own = (await cadre.client.session.whoAmI()).tenant_id
    const records = await listed({}, other)
    expect(records.some(({ tenant_id }) => tenant_id === own)).toBe(false)
    expect((await other.audit.verify()).last_seq).toBe(records[0]?.seq ?? 0)
    const exported = await (await other.audit.exportRaw()).text()
    expect(exported).not.toContain(own)
  })

  test('export → a file that checks out by the published rules, with its end', async () => {
    const response = await cadre.client.audit.exportRaw()
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = (await response.text()).trimEnd().split('\n')
    const end = JSON.parse(lines.pop() ?? '') as { chain: object }
    const check = createChainCheck(sha256, CHAIN_START)
    for (const line of lines) expect(check.next(JSON.parse(line) as AuditRecord)).toBeNull()
    expect(end.chain).toMatchObject({ to_seq: check.place.seq, to_hash: check.place.hash })
    expect(await cadre.client.audit.verify()).toMatchObject({
      ok: true,
      checked: lines.length,
      last_hash: check.place.hash,
      broken: null,
    })
  })
})
