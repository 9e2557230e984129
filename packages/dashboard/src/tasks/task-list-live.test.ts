import type { CadreEvent, EventData, TaskId, TaskStatus } from '@cadre/contract'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyTaskEvents, FIRST_PAGE_ROWS_MAX, type TaskPages } from './task-list-live.ts'
import type { TaskRowData } from './task-row-data.ts'
import type { TaskSearch } from './task-search.ts'

const START_MS = Date.parse('2026-07-01T08:00:00Z')
const at = (second: number) => new Date(START_MS + second * 1_000).toISOString()

/** The id of a task created at the given second. */
const idAt = (second: number): TaskId => {
  const time = (START_MS + second * 1_000).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000` as TaskId
}

const event = (
  created: number,
  second: number,
  type: CadreEvent['type'],
  data: Partial<EventData> = {},
): CadreEvent => ({
  id: String(second),
  type,
  subject_id: idAt(created),
  at: at(second),
  data: { task_id: idAt(created), title: 'Count', ...data },
})

const created = (second: number, data: Partial<EventData> = {}) =>
  event(second, second, 'task.created', { status: 'TODO', priority: 'high', ...data })
const claimed = (task: number, second: number) =>
  event(task, second, 'task.claimed', { status: 'IN_PROGRESS', attempt: 1 })
const completed = (task: number, second: number) =>
  event(task, second, 'task.completed', { status: 'DONE', duration_ms: 250 })

const NO_PAGES: TaskPages = { pages: [{ items: [], next_cursor: null }], pageParams: [undefined] }

const apply = (
  pages: TaskPages,
  batch: readonly CadreEvent[],
  search: TaskSearch = {},
  isHeld = false,
) => applyTaskEvents(pages, batch, { search, isHeld })

const rowsOf = (pages: TaskPages): TaskRowData[] => pages.pages.flatMap((page) => page.items)
const listOfTasks = (...seconds: number[]) =>
  apply(
    NO_PAGES,
    seconds.map((s) => created(s)),
  ).pages

describe('arrivals', () => {
  test('created → enters on top with what the event says', () => {
    const { pages } = apply(listOfTasks(1), [created(2, { title: 'New' })])
    expect(rowsOf(pages).map((row) => row.title)).toEqual(['New', 'Count'])
    expect(rowsOf(pages)[0]).toMatchObject({ status: 'TODO', priority: 'high', created_at: at(2) })
  })

  test('unknown task of which only a late event came → list said to be incomplete', () => {
    const update = apply(listOfTasks(1), [completed(3, 9)])
    expect(rowsOf(update.pages)).toHaveLength(1)
    expect(update.isIncomplete).toBe(true)
  })

  test('unknown task that comes to match the status asked for → list said to be incomplete', () => {
    const search = { status: 'DONE' as TaskStatus }
    expect(apply(NO_PAGES, [completed(3, 9)], search).isIncomplete).toBe(true)
    expect(apply(NO_PAGES, [claimed(3, 9)], search).isIncomplete).toBe(false)
  })

  test('older than the last loaded row while more wait on the server → stays out', () => {
    const loaded: TaskPages = {
      pages: [{ items: rowsOf(listOfTasks(5, 6)), next_cursor: 'more' }],
      pageParams: [undefined],
    }
    const update = apply(loaded, [created(2), claimed(3, 8)])
    expect(rowsOf(update.pages)).toHaveLength(2)
    expect(update.isIncomplete).toBe(false)
  })

  test('while held → counted, not shown', () => {
    const update = apply(listOfTasks(1), [created(2), created(3)], {}, true)
    expect(rowsOf(update.pages)).toHaveLength(1)
    expect(update.heldCount).toBe(2)
  })

  test('more than a page takes → newest kept, list said to be incomplete', () => {
    const batch = Array.from({ length: FIRST_PAGE_ROWS_MAX + 50 }, (_, second) => created(second))
    const update = apply(NO_PAGES, batch)
    expect(update.isIncomplete).toBe(true)
    expect(rowsOf(update.pages)).toHaveLength(FIRST_PAGE_ROWS_MAX)
    expect(rowsOf(update.pages)[0]?.created_at).toBe(at(FIRST_PAGE_ROWS_MAX + 49))
  })
})

describe('changes in place', () => {
  test('claim and completion in one batch → last state, untouched rows keep their identity', () => {
    const before = listOfTasks(1, 2)
    const { pages } = apply(before, [claimed(2, 5), completed(2, 6)])
    expect(rowsOf(pages)[0]).toMatchObject({ status: 'DONE', attempt: 1, started_at: at(5) })
    expect(rowsOf(pages)[1]).toBe(rowsOf(before)[1])
  })

  test('event older than what the row shows → changes nothing', () => {
    const before = apply(listOfTasks(1), [completed(1, 9)]).pages
    expect(rowsOf(apply(before, [claimed(1, 5)]).pages)[0]).toBe(rowsOf(before)[0])
  })

  test('row that no longer matches the filter → leaves; while held → stays, updated', () => {
    const before = listOfTasks(1)
    const search = { status: 'TODO' as TaskStatus }
    expect(rowsOf(apply(before, [claimed(1, 5)], search).pages)).toHaveLength(0)
    const held = rowsOf(apply(before, [claimed(1, 5)], search, true).pages)
    expect(held[0]?.status).toBe('IN_PROGRESS')
  })

  test('retry → error, due time and status as the event says', () => {
    const retried = event(1, 7, 'task.retried', { status: 'TODO', error: 'no', run_at: at(30) })
    expect(rowsOf(apply(listOfTasks(1), [claimed(1, 5), retried]).pages)[0]).toMatchObject({
      status: 'TODO',
      last_error: 'no',
      run_at: at(30),
      finished_at: null,
    })
  })
})

test('events of agents → the same list', () => {
  const pages = listOfTasks(1)
  const agentEvent: CadreEvent = {
    id: '1',
    type: 'agent.enabled',
    subject_id: 'a',
    at: at(9),
    data: {},
  }
  expect(apply(pages, [agentEvent]).pages).toBe(pages)
})

test('any order of creations and changes → newest first, no task twice, all match the filter', () => {
  const change = fc.tuple(fc.nat(20), fc.integer({ min: 21, max: 60 }), fc.nat(2))
  const toEvent = ([task, second, kind]: readonly [number, number, number]) =>
    [created(task), claimed(task, second), completed(task, second)][kind] ?? created(task)
  const searches = fc.constantFrom<TaskSearch>({}, { status: 'DONE' }, { status: 'TODO' })
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 8 })), searches, (batches, search) => {
      let pages = NO_PAGES
      for (const batch of batches) pages = apply(pages, batch.map(toEvent), search).pages
      const rows = rowsOf(pages)
      const ids = rows.map((row) => row.id)
      expect(ids).toEqual([...new Set(ids)].sort().reverse())
      if (search.status !== undefined)
        expect(rows.every((row) => row.status === search.status)).toBe(true)
    }),
  )
})
