import type { CadreEvent, EventData, RunId, StepId } from '@cadre/contract'
import { describe, expect, test } from 'vitest'
import { second, stepOf } from './run-fixtures.ts'
import { withStepEvents } from './step-events.ts'

const RUN = '00000000-0000-7000-8000-000000000001' as RunId

const event = (
  type: CadreEvent['type'],
  at: number,
  data: Partial<EventData> = {},
): CadreEvent => ({
  id: String(at),
  type,
  subject_id: RUN,
  at: second(at),
  data: {
    run_id: RUN,
    step: 'pay',
    step_id: '00000000-0000-4000-8000-000000000pay' as StepId,
    ...data,
  },
})
const kindOf = (step: string) => (step === 'unknown' ? undefined : ('agent' as const))
const apply = (steps: Parameters<typeof withStepEvents>[0], ...batch: CadreEvent[]) =>
  withStepEvents(steps, batch, kindOf)

describe('a step that nothing was known of', () => {
  test('started and completed in one batch → done, with its times', () => {
    const [step] = apply(
      [],
      event('step.started', 1),
      event('step.completed', 4, { cost: '0.5', attempts: 2, wait_ms: 100 }),
    )
    expect(step).toMatchObject({
      step: 'pay',
      kind: 'agent',
      status: 'DONE',
      cost: '0.5',
      attempts: 2,
      wait_ms: 100,
      duration_ms: 3_000,
      released_at: second(1),
      ended_at: second(4),
    })
  })

  test('an approval → runs, with what is asked', () => {
    expect(apply([], event('approval.requested', 1, { message: 'Really?' }))[0]).toMatchObject({
      status: 'RUNNING',
      message: 'Really?',
    })
  })

  test('of no definition that is known → left to the next fetch', () => {
    const steps = [stepOf({ step: 'other' })]
    expect(apply(steps, event('step.started', 5, { step: 'unknown' }))).toBe(steps)
  })
})

describe('a known step', () => {
  const running = stepOf({ step: 'pay', status: 'RUNNING', ended_at: null })

  test('failed, held, skipped, cancelled → so; the others keep their identity', () => {
    const other = stepOf({ step: 'other' })
    for (const [type, status] of [
      ['step.failed', 'FAILED'],
      ['step.held', 'HELD'],
      ['step.skipped', 'SKIPPED'],
      ['step.cancelled', 'CANCELLED'],
    ] as const) {
      const steps = apply([other, running], event(type, 3, { error: 'no' }))
      expect(steps[1]).toMatchObject({ status, error: 'no', duration_ms: 3_000 })
      expect(steps[0]).toBe(other)
    }
  })

  test('an event older than what is known → the same list', () => {
    const steps = [stepOf({ step: 'pay', ended_at: second(9) })]
    expect(apply(steps, event('step.started', 2))).toBe(steps)
  })

  test('its compensation is another one', () => {
    const recorded = stepOf({
      step: 'pay',
      is_compensation: true,
      status: 'RECORDED',
      released_at: null,
      ended_at: null,
    })
    const steps = apply([stepOf({ step: 'pay' }), recorded], event('compensation.started', 5))
    expect(steps.map(({ status }) => status)).toEqual(['DONE', 'RUNNING'])
  })
})

test('elements of lists, runs as wholes, decisions → the same list', () => {
  const steps = [stepOf({ step: 'pay', status: 'RUNNING', ended_at: null })]
  const batch = [
    event('step.completed', 3, { item: 4 }),
    event('run.completed', 4),
    event('step.decided', 5),
    event('task.completed', 6),
  ]
  expect(apply(steps, ...batch)).toBe(steps)
})
