import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TaskSummary } from '@cadre/contract'
import { registerRemote } from '../support/agent-forms.ts'
import { startCadre, type RunningCadre } from '../support/start-cadre.ts'

let cadre: RunningCadre
let first: string
let second: string
const COUNT = 45

beforeAll(async () => {
  cadre = await startCadre({ CADRE_DEMO_AGENTS: 'false' })
  first = (await registerRemote(cadre.client, 'first', ['list.them'])).id
  second = (await registerRemote(cadre.client, 'second')).id
  await cadre.client.tasks.createBatch(
    Array.from({ length: COUNT }, (_, index) => ({
      title: `row ${index} 100%_done`,
      agent_id: index % 3 === 0 ? second : first,
      priority: index % 2 === 0 ? 'low' : 'urgent',
      tags: index === 7 ? ['lucky'] : [],
    })),
  )
  await cadre.client.tasks.create({ title: 'by capability', capability: 'list.them' })
})
afterAll(() => cadre.stop())

const list = async (query: string) => {
  const response = await cadre.request(`/api/v1/tasks?${query}`)
  return {
    status: response.status,
    body: (await response.json()) as { items: TaskSummary[]; next_cursor: string | null },
  }
}
const pages = async (query: string) => {
  const seen: TaskSummary[] = []
  let cursor: string | null = ''
  for (let page = 0; page < 50 && cursor !== null; page++) {
    const { body } = await list(query + (cursor ? `&cursor=${cursor}` : ''))
    seen.push(...body.items)
    cursor = body.next_cursor
  }
  expect(cursor).toBeNull()
  return seen
}

test('list: no limit → 20 newest and a cursor', async () => {
  const { body } = await list('')
  expect(body.items).toHaveLength(20)
  expect(body.items[0]?.title).toBe('by capability')
  expect(body.next_cursor).toEqual(expect.any(String))
  expect(body.items[0]).not.toHaveProperty('input')
})

test.each([
  ['desc', 1],
  ['asc', -1],
])('list: paging %s → every task once, in order', async (order, sign) => {
  const seen = await pages(`limit=7&sort_by=created_at&sort_order=${order}`)
  expect(seen).toHaveLength(COUNT + 1)
  expect(new Set(seen.map((task) => task.id)).size).toBe(COUNT + 1)
  const keys = seen.map((task) => task.created_at + task.id)
  expect(keys).toEqual(keys.toSorted((a, b) => (a < b ? sign : -sign)))
})

test.each<[string, number]>([
  ['status=TODO', COUNT + 1],
  ['status=DONE', 0],
  ['agent_id=second', 15],
  ['priority=urgent', 22],
  ['capability=list.them', 1],
  ['tag=lucky', 1],
  ['q=row%207%20', 1],
  ['q=ROW%207%20', 1],
  ['q=100%25_done', COUNT],
  ['q=100_', 0],
  ['kind=direct', 0],
  ['created_after=2100-01-01T00:00:00Z', 0],
  ['created_before=2100-01-01T00:00:00Z', COUNT + 1],
  ['created_after=2000-01-01T00:00:00Z&priority=low&agent_id=second', 8],
])('list: %s → %i tasks', async (query, count) => {
  expect(await pages(`limit=50&${query}`)).toHaveLength(count)
})

test.each<[string, string]>([
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=ten', 'limit'],
  ['limit=', 'limit'],
  ['limit=1.5', 'limit'],
  ['limit=1&limit=2', 'limit'],
  ['sort_by=title', 'sort_by'],
  ['sort_order=up', 'sort_order'],
  ['status=todo', 'status'],
  ['cursor=nonsense', 'cursor'],
  ['cursor=WyJhIiwiYiJd', 'cursor'],
  ['created_after=yesterday', 'created_after'],
  ['q=%00', 'q'],
  ['colour=red', 'colour'],
])('list: %s → 422 names %s', async (query, field) => {
  const { status, body } = await list(query)
  expect(status).toBe(422)
  expect(body).toMatchObject({ error: { details: [{ field }] } })
})

test('list: limit 100 → accepted', async () => {
  expect((await list('limit=100')).body.items).toHaveLength(COUNT + 1)
})

test('counts: → present figures', async () => {
  expect(await cadre.client.tasks.counts()).toEqual({
    waiting: COUNT + 1,
    in_progress: 0,
    quarantined: 0,
    done_last_day: 0,
    failed_attempts_last_day: 0,
  })
})
