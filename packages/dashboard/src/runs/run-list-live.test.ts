import type { CadreEvent, EventData, Run } from '@cadre/contract'
import { describe, expect, test } from 'vitest'
import { runOf, second } from './run-fixtures.ts'
import { applyRunEvents, type RunPages } from './run-list-live.ts'

const KNOWN = runOf()
const OTHER = runOf({ id: '00000000-0000-7000-8000-000000000002' as Run['id'] })

const pagesOf = (...items: Run[]): RunPages => ({
  pages: [{ items, next_cursor: null }],
  pageParams: [undefined],
})
const event = (
  type: CadreEvent['type'],
  at: number,
  data: Partial<EventData> = {},
  run: { id: string } = KNOWN,
): CadreEvent => ({
  id: String(at),
  type,
  subject_id: run.id,
  at: second(at),
  data: { workflow_name: 'order', ...data },
})
const STRANGER = { id: '00000000-0000-7000-8000-000000000009' }

describe('known runs', () => {
  test('ended → status, cost and duration in place; the others keep their identity', () => {
    const before = pagesOf(KNOWN, OTHER)
    const end = event('run.completed', 5, {
      run_status: 'COMPLETED',
      cost: '0.5',
      duration_ms: 5e3,
    })
    const { pages, arrivals } = applyRunEvents(before, [end], {})
    expect(pages.pages[0]?.items[0]).toMatchObject({
      status: 'COMPLETED',
      cost: '0.5',
      duration_ms: 5_000,
      finished_at: second(5),
    })
    expect(pages.pages[0]?.items[1]).toBe(OTHER)
    expect(arrivals).toBe(0)
  })

  test('paused and resumed; an end ends a pause', () => {
    const paused = applyRunEvents(pagesOf(KNOWN), [event('run.paused', 1)], {}).pages
    expect(paused.pages[0]?.items[0]?.is_paused).toBe(true)
    const ended = applyRunEvents(
      paused,
      [event('run.cancelled', 2, { run_status: 'CANCELLED' })],
      {},
    ).pages
    expect(ended.pages[0]?.items[0]).toMatchObject({ is_paused: false, status: 'CANCELLED' })
  })

  test('stuck → since then, until it moves on', () => {
    const stuck = applyRunEvents(pagesOf(KNOWN), [event('run.stuck', 3)], {}).pages
    expect(stuck.pages[0]?.items[0]?.stuck_since).toBe(second(3))
    const moved = applyRunEvents(stuck, [event('run.paused', 4)], {}).pages
    expect(moved.pages[0]?.items[0]?.stuck_since).toBeNull()
  })

  test('an event older than what the row shows → the same list', () => {
    const newer = runOf({ updated_at: second(9), status: 'COMPLETED' })
    const before = pagesOf(newer)
    expect(applyRunEvents(before, [event('run.started', 3)], {}).pages).toBe(before)
  })

  test('with a filter by status → the server is asked who still belongs', () => {
    const end = event('run.failed', 5, { run_status: 'FAILED', error: 'no', step: 'pay' })
    const update = applyRunEvents(pagesOf(KNOWN), [end], { status: 'RUNNING' })
    expect(update.isOutdated).toBe(true)
    expect(update.pages.pages[0]?.items[0]).toMatchObject({ error: 'no', failed_step: 'pay' })
  })
})

describe('unknown runs', () => {
  const arrivals = (type: CadreEvent['type'], data: Partial<EventData>, search = {}) =>
    applyRunEvents(pagesOf(KNOWN), [event(type, 5, data, STRANGER)], search).arrivals

  test('began → counted; merely ended, in a list of all → older than what is shown', () => {
    expect(arrivals('run.started', { run_status: 'RUNNING' })).toBe(1)
    expect(arrivals('run.completed', { run_status: 'COMPLETED' })).toBe(0)
  })

  test('came to match the filters → counted; others not', () => {
    const failed = { run_status: 'FAILED' } as const
    expect(arrivals('run.failed', failed, { status: 'FAILED' })).toBe(1)
    expect(arrivals('run.failed', failed, { status: 'RUNNING' })).toBe(0)
    expect(arrivals('run.started', { workflow_name: 'refund' }, { workflow: 'order' })).toBe(0)
  })
})

test('events of steps and tasks → the same list; a held step asks for attention', () => {
  const before = pagesOf(KNOWN)
  const held = event('step.held', 5, { step: 'pay' })
  expect(applyRunEvents(before, [held, event('task.created', 6)], {})).toEqual({
    pages: before,
    arrivals: 0,
    isOutdated: false,
  })
  expect(applyRunEvents(before, [held], { attention: true }).isOutdated).toBe(true)
})
