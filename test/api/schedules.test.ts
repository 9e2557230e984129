import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CreateSchedule, ErrorBody, Schedule } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { openEventStream } from '../support/event-stream-reader.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { membersAndStranger } from '../support/insert-principals.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
let count = 0

const keyOf = (name: string) => `key-of-the-schedule-tests-${name}`

beforeAll(async () => {
  cadre = await startCadreOnPostgres(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: membersAndStranger(['viewer', 'developer', 'agent'], keyOf),
    },
  )
  await registerRemote(cadre.client, 'reporter', [])
})
afterAll(async () => {
  await cadre.stop()
})

type Answer = Schedule & ErrorBody
const call = async (method: string, path: string, body?: unknown) => {
  const response = await cadre.request(`/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Answer }
}
const body = (fields: object = {}): CreateSchedule => ({
  name: `report-${(count += 1)}`,
  cron: '30 8 * * 1-5',
  time_zone: 'Europe/Berlin',
  task: { agent_id: 'reporter', input: { kind: 'daily' } },
  ...fields,
})
const create = (fields: object = {}) => cadre.client.schedules.create(body(fields))

describe('schedules', () => {
  test('create → answered with its defaults and the next five runs in its zone', async () => {
    const schedule = await create()
    expect(schedule).toMatchObject({
      cron: '30 8 * * 1-5',
      every_seconds: null,
      at: null,
      time_zone: 'Europe/Berlin',
      missed_runs: 'skip',
      overlap: 'allow',
      jitter_seconds: 0,
      is_paused: false,
      last_run: null,
      task: { agent_id: 'reporter', input: { kind: 'daily' }, priority: 'medium', tags: [] },
    })
    expect(schedule.next_runs).toHaveLength(5)
    const wall = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Berlin',
      timeStyle: 'short',
    })
    for (const run of schedule.next_runs) expect(wall.format(new Date(run))).toBe('08:30')
    expect(await cadre.client.schedules.get(schedule.id)).toEqual(schedule)
    expect(await cadre.client.schedules.get(schedule.name)).toEqual(schedule)
  })

  test('once, a moment ahead → its task is there, names the schedule and is listed by it', async () => {
    const stream = await openEventStream(`${cadre.url}/api/v1/events`, {
      authorization: `Bearer ${cadre.key}`,
    })
    const schedule = await create({
      cron: undefined,
      at: new Date(Date.now() + 300).toISOString(),
    })
    await stream.waitFor(({ event }) => event === 'task.created')
    await stream.close()
    const { items: tasks } = await cadre.client.tasks.list({ schedule_id: schedule.id })
    expect(tasks).toMatchObject([
      {
        schedule_id: schedule.id,
        status: 'TODO',
        idempotency_key: `schedule:${schedule.id}:${schedule.at}`,
      },
    ])
    const { items: runs } = await cadre.client.schedules.runs(schedule.id)
    expect(runs).toMatchObject([
      { outcome: 'created', task_id: tasks[0]?.id, task_status: 'TODO', is_manual: false },
    ])
    const now = await cadre.client.schedules.get(schedule.id)
    expect(now.next_runs).toEqual([])
    expect(now.last_run).toEqual(runs[0])
  })

  test('trigger → a task now; tasks of other schedules are not listed with it', async () => {
    const [schedule, other] = [await create(), await create()]
    const { task_id: taskId } = await cadre.client.schedules.trigger(schedule.name)
    await cadre.client.schedules.trigger(other.name)
    const { items } = await cadre.client.tasks.list({ schedule_id: schedule.id })
    expect(items.map(({ id }) => id)).toEqual([taskId])
    expect((await cadre.client.schedules.runs(schedule.id)).items).toMatchObject([
      { is_manual: true, task_id: taskId },
    ])
  })

  test('pause and resume → no run in between, and both may be repeated', async () => {
    const { id, next_runs } = await create()
    for (let round = 0; round < 2; round++)
      expect(await cadre.client.schedules.pause(id)).toMatchObject({
        is_paused: true,
        next_runs: [],
      })
    for (let round = 0; round < 2; round++)
      expect(await cadre.client.schedules.resume(id)).toMatchObject({ is_paused: false, next_runs })
  })

  test('update → what is left out stays, another kind of timing replaces the present one', async () => {
    const { id, name } = await create({ jitter_seconds: 5 })
    const changed = await cadre.client.schedules.update(id, {
      every_seconds: 60,
      missed_runs: 'run_once',
    })
    expect(changed).toMatchObject({
      name,
      cron: null,
      every_seconds: 60,
      missed_runs: 'run_once',
      jitter_seconds: 5,
    })
    expect(Date.parse(changed.next_runs[0] ?? '')).toBeLessThanOrEqual(Date.now() + 60_000)
    const renamed = await cadre.client.schedules.update(id, { name: `${name} b` })
    expect(renamed.next_runs[0]).toBe(changed.next_runs[0])
  })

  test('delete → gone with its history; its tasks stay', async () => {
    const { id } = await create()
    const { task_id: taskId } = await cadre.client.schedules.trigger(id)
    await cadre.client.schedules.remove(id)
    expect((await call('GET', `/schedules/${id}`)).body.error.code).toBe('schedule.not_found')
    expect((await call('GET', `/schedules/${id}/runs`)).status).toBe(404)
    expect((await call('DELETE', `/schedules/${id}`)).status).toBe(404)
    expect((await cadre.client.tasks.get(taskId ?? '')).schedule_id).toBe(id)
  })

  test('list → the newest first, page by page, each once', async () => {
    const made = [await create(), await create(), await create()].map(({ id }) => id)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await cadre.client.schedules.list({ limit: 2, cursor })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(seen.slice(0, 3)).toEqual(made.toReversed())
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('preview → the next runs, and nothing is stored', async () => {
    const { next_runs } = await cadre.client.schedules.preview({
      cron: '30 2 * * *',
      time_zone: 'Europe/Berlin',
      starts_at: '2027-03-27T12:00:00Z',
    })
    // On the 28th clocks jump from 02:00 to 03:00: the run is at the jump.
    expect(next_runs.slice(0, 2)).toEqual(['2027-03-28T01:00:00.000Z', '2027-03-29T00:30:00.000Z'])
  })
})

describe('what makes no sense', () => {
  const BAD: [name: string, fields: object, field: string, message: RegExp][] = [
    ['no time', { cron: undefined }, 'cron', /one of/],
    ['two times', { every_seconds: 60 }, 'cron', /one of/],
    ['four fields', { cron: '* * * *' }, 'cron', /five fields/],
    ['a minute 60', { cron: '60 * * * *' }, 'cron', /minute/],
    ['every second', { cron: '* * * * * *' }, 'cron', /10 s between/],
    ['two seconds of a minute', { cron: '0,5 0 0 1 1 *' }, 'cron', /10 s between/],
    ['30 February', { cron: '0 0 30 2 *' }, 'cron', /never comes/],
    ['31 June', { cron: '0 0 31 6 *' }, 'cron', /never comes/],
    ['a date as cron', { cron: '2030-01-01T00:00:00' }, 'cron', /five fields/],
    ['a bomb', { cron: `${'0,'.repeat(5_000)}1 * * * *` }, 'cron', /200/],
    [
      'a list of all',
      { cron: `${Array.from({ length: 60 }, (_, n) => n).join(',')} * * * * *` },
      'cron',
      /10 s between/,
    ],
    ['U+0000', { cron: '\u0000 * * * *' }, 'cron', /U\+0000/],
    ['a short interval', { cron: undefined, every_seconds: 9.9 }, 'every_seconds', /10 s between/],
    ['an endless interval', { cron: undefined, every_seconds: 1e300 }, 'every_seconds', /./],
    ['the past', { cron: undefined, at: '2020-01-01T00:00:00Z' }, 'at', /no run/],
    ['an offset as zone', { time_zone: '+02:00' }, 'time_zone', /IANA/],
    ['an unknown zone', { time_zone: 'Mars/Olympus' }, 'time_zone', /IANA/],
    ['ended', { ends_at: '2020-01-01T00:00:00Z' }, 'ends_at', /no run/],
    [
      'ends first',
      { starts_at: '2031-01-01T00:00:00Z', ends_at: '2030-01-01T00:00:00Z' },
      'ends_at',
      /later/,
    ],
    ['an unknown agent', { task: { agent_id: 'nobody' } }, 'task.agent_id', /no such agent/],
    ['no target', { task: {} }, 'task.agent_id', /either/],
    [
      'a key of its own',
      { task: { agent_id: 'reporter', idempotency_key: 'k' } },
      'task.idempotency_key',
      /./,
    ],
    [
      'a time of its own',
      { task: { agent_id: 'reporter', run_at: '2030-01-01T00:00:00Z' } },
      'task.run_at',
      /./,
    ],
    ['a name like an id', { name: '01a1fbb5-3321-7000-8415-85ba39036a3d' }, 'name', /id/],
    ['a name with a slash', { name: 'a/b' }, 'name', /letters/],
    ['an hour of jitter and more', { jitter_seconds: 3_601 }, 'jitter_seconds', /./],
  ]
  test.each(BAD)('create: %s → 422 that names the field', async (_, fields, field, message) => {
    const { status, body: answer } = await call('POST', '/schedules', body(fields))
    expect({ status, field: answer.error?.details?.[0]?.field }).toEqual({ status: 422, field })
    expect(answer.error.message).toMatch(message)
  })

  test('name taken → 409, on creation and on change', async () => {
    const { name } = await create()
    const { id } = await create()
    for (const answer of [
      await call('POST', '/schedules', body({ name })),
      await call('PATCH', `/schedules/${id}`, { name }),
    ])
      expect([answer.status, answer.body.error.code]).toEqual([409, 'schedule.name_taken'])
  })
})

describe('identity', () => {
  const statusOf = async (name: string, method: string, path: string) => {
    const headers = { authorization: `Bearer ${keyOf(name)}` }
    return (await cadre.request(`/api/v1${path}`, { method, headers })).status
  }

  test('roles: viewers read, developers manage, agents do neither', async () => {
    const { id } = await create()
    expect(await statusOf('viewer', 'GET', `/schedules/${id}`)).toBe(200)
    expect(await statusOf('viewer', 'POST', `/schedules/${id}/pause`)).toBe(403)
    expect(await statusOf('developer', 'POST', `/schedules/${id}/pause`)).toBe(200)
    expect(await statusOf('agent', 'GET', `/schedules/${id}`)).toBe(403)
  })

  test("another tenant's schedule → not there, by id or name, and nothing happens to it", async () => {
    const { id, name } = await create()
    for (const reference of [id, name]) {
      const path = `/schedules/${encodeURIComponent(reference)}`
      expect(await statusOf('other', 'GET', path)).toBe(404)
      expect(await statusOf('other', 'GET', `${path}/runs`)).toBe(404)
      for (const action of ['pause', 'resume', 'trigger'])
        expect(await statusOf('other', 'POST', `${path}/${action}`)).toBe(404)
      expect(await statusOf('other', 'DELETE', path)).toBe(404)
    }
    expect((await cadre.clientOf(keyOf('other')).schedules.list()).items).toEqual([])
    expect(await cadre.client.schedules.get(id)).toMatchObject({ is_paused: false, last_run: null })
  })
})
