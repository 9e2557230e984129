import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileDefinition } from './compile-definition.ts'
import type { ExpressionContext, StepOutcome } from './compiled-workflow.ts'
import type { AgentAction, StepAction, StepDefinition, WorkflowDefinition } from './definition.ts'
import { ExpressionError } from './expression/expression-error.ts'
import { findCycle, orderSteps } from './step-order.ts'

const agent = (input: unknown): AgentAction => ({
  kind: 'agent',
  agent: 'worker',
  capability: null,
  input,
  priority: 'medium',
  maxRetries: null,
  backoff: null,
  noRetryOn: null,
  timeouts: null,
})
const step = (name: string, fields: Partial<StepDefinition> = {}): StepDefinition => ({
  name,
  title: null,
  needs: [],
  when: null,
  forEach: null,
  action: agent(null),
  payload: null,
  onFailure: 'fail',
  compensation: null,
  ...fields,
})
const workflow = (
  steps: readonly StepDefinition[],
  fields: Partial<WorkflowDefinition> = {},
): WorkflowDefinition => ({
  name: 'order',
  version: '1.0.0',
  description: '',
  tags: [],
  trigger: { schema: null },
  payload: {},
  steps,
  output: null,
  costLimit: null,
  timeoutSeconds: null,
  ...fields,
})
const done = (result: unknown): StepOutcome => ({ status: 'DONE', result, error: null })
const context = (fields: Partial<ExpressionContext> = {}): ExpressionContext => ({
  trigger: { id: 7, files: ['a', 'b'], amount: 3 },
  payload: { seen: 1 },
  run: { id: 'r', workflow: 'order', version: '1.0.0', started_at: '2026-07-01T00:00:00Z' },
  steps: {},
  ...fields,
})
const now = new Date('2026-07-01T00:00:00Z')
/** Of this thread: what other programs take meanwhile does not count. */
const computedMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
const only = (fields: Partial<StepDefinition>) => {
  const compiled = compileDefinition(workflow([step('one', fields)])).steps.get('one')
  if (compiled === undefined) throw new Error('The step is gone')
  return compiled
}
const delay = (fields: { seconds?: string | number; until?: string }): StepAction => ({
  kind: 'delay',
  seconds: fields.seconds ?? null,
  until: fields.until ?? null,
})

describe('a compiled workflow', () => {
  test('graph: depths, dependents, roots', () => {
    const compiled = compileDefinition(
      workflow([
        step('last', { needs: ['left', 'right', 'first'] }),
        step('first'),
        step('left', { needs: ['first'] }),
        step('right', { needs: ['left'] }),
      ]),
    )
    expect(compiled.roots).toEqual(['first'])
    expect([...compiled.steps].map(([name, { depth }]) => [name, depth])).toEqual([
      ['last', 3],
      ['first', 0],
      ['left', 1],
      ['right', 2],
    ])
    expect(compiled.steps.get('first')?.dependents).toEqual(['last', 'left'])
    expect(compiled.isSaga).toBe(false)
  })

  test('what is read at which moment is known', () => {
    const compiled = compileDefinition(
      workflow(
        [
          step('a'),
          step('b'),
          step('c', {
            needs: ['a', 'b'],
            when: 'steps.a.status == "DONE"',
            action: agent({ from: '${ steps.b.result }' }),
            payload: { c: '${ steps.a.result + result }' },
            compensation: agent('${ steps.b.result.id }'),
          }),
        ],
        { output: '${ steps.c.result }' },
      ),
    )
    const c = compiled.steps.get('c')
    expect(c?.startReads).toEqual(['a', 'b'])
    expect(c?.payloadReads).toEqual(['a'])
    expect(c?.compensationReads).toEqual(['b'])
    expect(compiled.outputReads).toEqual(['c'])
    expect(compiled.isSaga).toBe(true)
  })

  test('output: without one of its own, the results of the steps that nothing needs', () => {
    const compiled = compileDefinition(
      workflow([step('a'), step('b', { needs: ['a'] }), step('c', { needs: ['a'] })]),
    )
    expect(compiled.outputReads).toEqual(['b', 'c'])
    expect(compiled.output(context({ steps: { b: done(1) } }))).toEqual({ b: 1, c: null })
  })

  test('payload, when, items, input, patch and compensation are filled in', () => {
    const compiled = compileDefinition(
      workflow([step('one')], { payload: { order: '${ trigger.id }' } }),
    )
    expect(compiled.payload(context())).toEqual({ order: 7 })
    const one = only({
      when: 'trigger.amount > 2',
      forEach: { items: 'trigger.files', concurrencyMax: 1 },
      action: agent({ file: '${ item }', n: '${ index + payload.seen }' }),
      payload: { got: '${ result.id }' },
      compensation: agent({ undo: '${ result.id }', why: '${ error }' }),
    })
    expect(one.when(context())).toBe(true)
    expect(one.items(context())).toEqual(['a', 'b'])
    expect(one.input(context({ item: 'b', index: 1 }))).toEqual({ file: 'b', n: 2 })
    expect(one.payloadPatch(context({ result: { id: 9 } }))).toEqual({ got: 9 })
    expect(one.compensationInput(context({ result: { id: 9 }, error: 'broke' }))).toEqual({
      undo: 9,
      why: 'broke',
    })
  })

  test.each([
    ['when', () => only({ when: 'trigger.id' }).when(context()), /gives a number; a condition/],
    [
      'for_each',
      () => only({ forEach: { items: 'trigger.id', concurrencyMax: 1 } }).items(context()),
      /gives a number; for_each goes through a list/,
    ],
    [
      'delay',
      () => only({ action: delay({ seconds: '"soon"' }) }).delayUntil(context(), now),
      /gives a string; seconds is a number/,
    ],
    [
      'until',
      () => only({ action: delay({ until: '"soon"' }) }).delayUntil(context(), now),
      /no timestamp/,
    ],
    [
      'negative delay',
      () => only({ action: delay({ seconds: '0 - 5' }) }).delayUntil(context(), now),
      /a delay of -5 seconds/,
    ],
  ])('%s: a value of the wrong kind → ExpressionError', (_, work, message) => {
    expect(work).toThrow(ExpressionError)
    expect(work).toThrow(message)
  })

  test.each([
    [{ seconds: 60 }, '2026-07-01T00:01:00.000Z'],
    [{ seconds: 'trigger.amount * 0.5' }, '2026-07-01T00:00:01.500Z'],
    [{ until: '"2026-07-02T00:00:00+02:00"' }, '2026-07-01T22:00:00.000Z'],
    [{ until: 'timestamp(run.started_at) + duration("1h")' }, '2026-07-01T01:00:00.000Z'],
  ])('delay %j → %s', (fields, expected) => {
    const end = only({ action: delay(fields) }).delayUntil(context(), now)
    expect(end?.toISOString()).toBe(expected)
  })

  test('approval: its message is text, its input what one may look at', () => {
    const one = only({
      action: {
        kind: 'approval',
        message: 'Refund ${ trigger.amount }?',
        input: { order: '${ trigger.id }' },
        deadlineSeconds: null,
        onDeadline: 'reject',
      },
    })
    expect(one.message(context())).toBe('Refund 3?')
    expect(one.input(context())).toEqual({ order: 7 })
  })

  test('10,000 steps: compiled and read in well under a second', () => {
    const steps = Array.from({ length: 10_000 }, (_, index) =>
      step(`s${index}`, {
        needs: index === 0 ? [] : [`s${index - 1}`],
        action: agent({ from: index === 0 ? 1 : `\${ steps.s${index - 1}.result.x + ${index} }` }),
      }),
    )
    const startedAt = computedMs()
    const compiled = compileDefinition(workflow(steps))
    const compiledAt = computedMs()
    const reads = [...compiled.steps.values()].map(({ startReads }) => startReads.length)
    const readAt = computedMs()
    expect(compiled.steps.get('s9999')?.depth).toBe(9_999)
    expect(reads.reduce((sum, count) => sum + count, 0)).toBe(9_999)
    expect(compiledAt - startedAt).toBeLessThan(500)
    expect(readAt - compiledAt).toBeLessThan(1_000)
  })
})

describe('the order of steps', () => {
  /** Needs point at earlier steps only, then the list is shuffled: any acyclic graph. */
  const graphs = fc
    .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 60 })
    .chain((rows) => {
      const steps = rows.map((needs, index) => ({
        name: `s${index}`,
        needs: [...new Set(needs.flatMap((need) => (index === 0 ? [] : `s${need % index}`)))],
      }))
      return fc.shuffledSubarray(steps, { minLength: steps.length })
    })

  test('any acyclic graph: each step behind its needs, as deep as its longest way', () => {
    fc.assert(
      fc.property(graphs, (steps) => {
        const order = orderSteps(steps)
        expect(order.sorted.toSorted()).toEqual(steps.map(({ name }) => name).toSorted())
        for (const { name, needs } of steps) {
          const depths = needs.map((need) => order.depths.get(need) ?? NaN)
          expect(order.depths.get(name)).toBe(depths.length === 0 ? 0 : Math.max(...depths) + 1)
          for (const need of needs) {
            expect(order.sorted.indexOf(need)).toBeLessThan(order.sorted.indexOf(name))
            expect(order.dependents.get(need)).toContain(name)
          }
        }
        expect(findCycle(steps, order)).toBeNull()
      }),
    )
  })

  test('any graph with one way back: a cycle is found, and it is one', () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (steps, chosen) => {
        const order = orderSteps(steps)
        const first = order.sorted[chosen % order.sorted.length] ?? ''
        const reachable = [first]
        for (const name of reachable)
          for (const dependent of order.dependents.get(name) ?? [])
            if (!reachable.includes(dependent)) reachable.push(dependent)
        const last = reachable.at(-1) ?? first
        const cyclic = steps.map((step) =>
          step.name === first ? { ...step, needs: [...step.needs, last] } : step,
        )
        const cycle = findCycle(cyclic, orderSteps(cyclic)) ?? []
        expect(cycle.length).toBeGreaterThan(1)
        expect(cycle[0]).toBe(cycle.at(-1))
        for (const [index, name] of cycle.slice(1).entries())
          expect(cyclic.find((step) => step.name === name)?.needs).toContain(cycle[index])
      }),
    )
  })
})
