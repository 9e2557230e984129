import { describe, expect, test } from 'vitest'
import type { WorkflowStep } from '../workflows/workflow-steps.ts'
import { edgeState, graphStepsOf } from './graph-model.ts'
import { second, stepOf } from './run-fixtures.ts'
import { undoGroups } from './undo-groups.ts'

const defined = (name: string, fields: Partial<WorkflowStep> = {}): WorkflowStep => ({
  name,
  title: null,
  kind: 'agent',
  needs: [],
  subject: null,
  when: null,
  hasUndo: false,
  ...fields,
})

describe('steps of the graph', () => {
  const definition = [
    defined('reserve', { title: 'Reserve stock', hasUndo: true }),
    defined('pay', { needs: ['reserve'] }),
  ]

  test('all of the definition, in its order, with what became of them and of their undoing', () => {
    const rows = [
      stepOf({ step: 'reserve' }),
      stepOf({ step: 'reserve', is_compensation: true, status: 'RECORDED' }),
    ]
    const [reserve, pay] = graphStepsOf(definition, rows)
    expect(reserve).toMatchObject({
      title: 'Reserve stock',
      step: { status: 'DONE' },
      undo: { status: 'RECORDED' },
    })
    expect(pay).toMatchObject({ title: 'pay', needs: ['reserve'], step: null, undo: null })
  })

  test('elements of a list → none of them is a step of its own', () => {
    const rows = [
      stepOf({ step: 'pay', kind: 'fan_out', items: 2 }),
      stepOf({ step: 'pay', item: 0 }),
    ]
    expect(graphStepsOf(definition, rows)).toHaveLength(2)
    expect(graphStepsOf(null, rows)).toHaveLength(1)
  })

  test('no definition → those that began, in that order', () => {
    const rows = [
      stepOf({ step: 'later', released_at: second(5) }),
      stepOf({ step: 'never', released_at: null, status: 'WAITING' }),
      stepOf({ step: 'first', released_at: second(1) }),
    ]
    expect(graphStepsOf(null, rows).map(({ name }) => name)).toEqual(['first', 'later', 'never'])
  })
})

describe('lines between steps', () => {
  const pair = (
    from: Parameters<typeof stepOf>[0]['status'] | null,
    to: Parameters<typeof stepOf>[0]['status'] | null,
  ) => {
    const rows = [
      ...(from === null || from === undefined ? [] : [stepOf({ step: 'a', status: from })]),
      ...(to === null || to === undefined ? [] : [stepOf({ step: 'b', status: to })]),
    ]
    const [a, b] = graphStepsOf([defined('a'), defined('b', { needs: ['a'] })], rows)
    if (a === undefined || b === undefined) throw new Error('Two steps are defined')
    return edgeState(a, b)
  }
  test.each([
    [null, null, 'idle'],
    ['RUNNING', null, 'idle'],
    ['DONE', 'WAITING', 'taken'],
    ['DONE', 'RUNNING', 'flowing'],
    ['DONE', 'HELD', 'flowing'],
    ['DONE', 'DONE', 'taken'],
    ['DONE', 'SKIPPED', 'refused'],
    ['FAILED', null, 'refused'],
    ['FAILED', 'DONE', 'taken'],
    ['DONE', 'CANCELLED', 'refused'],
  ] as const)('%s before %s → %s', (from, to, state) => expect(pair(from, to)).toBe(state))
})

test('undoing: deepest first, what is equally deep together, elements on their own', () => {
  const definition = [
    defined('reserve'),
    defined('invoice', { needs: ['reserve'] }),
    defined('label', { needs: ['reserve'] }),
    defined('pay', { needs: ['invoice', 'label'] }),
  ]
  const undo = (step: string, item: number | null = null) =>
    stepOf({ step, item, is_compensation: true, status: 'RECORDED' })
  const groups = undoGroups(graphStepsOf(definition, []), [
    undo('invoice'),
    undo('label', 0),
    undo('label', 1),
    undo('pay'),
    undo('reserve'),
  ])
  expect(groups.map(({ pairs }) => pairs.map(({ undo: { step, item } }) => [step, item]))).toEqual([
    [['pay', null]],
    [
      ['invoice', null],
      ['label', 0],
      ['label', 1],
    ],
    [['reserve', null]],
  ])
})
