import fc from 'fast-check'
import type { AgentAction, StepAction, StepDefinition, WorkflowDefinition } from '../definition.ts'
import { anyText } from '../../../../test/support/any-text.ts'

const STEPS_MAX = 12

/** Text of any kind that a definition may hold where no expression is meant. */
const text = (maxLength: number) =>
  anyText({ maxLength }).map((value) => value.replaceAll('\0', '').replaceAll('${', '$ {'))
const name = fc.stringMatching(/^[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}$/)
const seconds = fc.double({ min: 0.001, max: 1_000_000, noNaN: true })
const nullable = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null })

/** JSON that reads back as itself: no whole numbers beyond the safe ones, no accidental expressions. */
const json = fc.jsonValue({ maxDepth: 3 }).map((value): unknown => {
  const written = JSON.stringify(value).replaceAll('__proto__', 'proto').replaceAll('${', '$ {')
  return JSON.parse(written, (_key, member: unknown) =>
    Number.isInteger(member) && !Number.isSafeInteger(member) ? 7 : member,
  )
})

const agentAction = (templates: fc.Arbitrary<unknown>): fc.Arbitrary<AgentAction> =>
  fc
    .record({
      kind: fc.constant('agent' as const),
      who: fc.record({ isAgent: fc.boolean(), name }),
      input: templates,
      priority: fc.constantFrom('urgent', 'high', 'medium', 'low'),
      maxRetries: nullable(fc.integer({ min: 0, max: 100 })),
      backoff: nullable(
        fc.record(
          {
            kind: fc.constantFrom('exponential' as const, 'linear' as const, 'fixed' as const),
            base_seconds: fc.integer({ min: 0, max: 3_600 }),
          },
          { requiredKeys: [] },
        ),
      ),
      noRetryOn: nullable(fc.subarray(['timeout' as const, 'rate_limited' as const])),
      timeouts: nullable(fc.record({ execution_seconds: seconds.map((value) => value / 100) })),
    })
    .map(({ who, ...action }) => ({
      ...action,
      agent: who.isAgent ? who.name : null,
      capability: who.isAgent ? null : who.name,
    }))

const actionOf = (templates: fc.Arbitrary<unknown>): fc.Arbitrary<StepAction> =>
  fc.oneof(
    { arbitrary: agentAction(templates), weight: 4 },
    fc.record({
      kind: fc.constant('workflow' as const),
      workflow: name.map((other) => `other-${other}`),
      input: templates,
    }),
    fc.record({
      kind: fc.constant('approval' as const),
      message: text(40).map((message) => `${message}?`),
      input: templates,
      deadlineSeconds: nullable(seconds),
      onDeadline: fc.constantFrom('approve' as const, 'reject' as const),
    }),
    fc.record({
      kind: fc.constant('signal' as const),
      signal: name,
      timeoutSeconds: nullable(seconds),
    }),
    fc.constantFrom<StepAction>(
      { kind: 'delay', seconds: 1.5, until: null },
      { kind: 'delay', seconds: 'trigger.pause', until: null },
      { kind: 'delay', seconds: null, until: 'timestamp(trigger.at)' },
    ),
  )

const stepOf = (index: number): fc.Arbitrary<StepDefinition> => {
  const earlier = Array.from({ length: index }, (_, place) => `step_${place}`)
  return fc.subarray(earlier, { maxLength: Math.min(index, 4) }).chain((needs) => {
    const [need = 'none'] = needs
    const reads = needs.length > 0 ? [`steps.${need}.status == "DONE"`] : []
    const templates = fc.oneof(
      json,
      fc.constantFrom<unknown>('${trigger.a + 1}', { of: ['no. ${run.id}', '$${plain}'] }),
      ...reads.map((read) => fc.constant({ [need]: `\${${read}}` })),
    )
    return fc
      .record({
        name: fc.constant(`step_${index}`),
        title: nullable(text(60)),
        needs: fc.constant(needs),
        when: nullable(fc.constantFrom('trigger.total > 5', 'has(payload.a)', ...reads)),
        forEach: nullable(
          fc.record({
            items: fc.constantFrom('trigger.items', '[1, 2, 3]'),
            concurrencyMax: fc.integer({ min: 1, max: 10_000 }),
          }),
        ),
        action: actionOf(templates),
        payload: nullable(fc.constant({ kept: '${result}' })),
        onFailure: fc.constantFrom('fail', 'compensate', 'continue', 'hold'),
        compensation: nullable(agentAction(templates)),
      })
      .map((step) => {
        const { kind } = step.action
        const isTask = kind === 'agent'
        return {
          ...step,
          forEach: isTask || kind === 'workflow' ? step.forEach : null,
          compensation: isTask ? step.compensation : null,
        }
      })
  })
}

/** Sound definitions of all kinds, in their uniform form. */
export const definitions: fc.Arbitrary<WorkflowDefinition> = fc
  .integer({ min: 1, max: STEPS_MAX })
  .chain((count) =>
    fc.record({
      name,
      version: fc
        .tuple(fc.nat(99), fc.nat(99), fc.nat(99), fc.constantFrom('', '-rc.1', '-beta'))
        .map(([major, minor, patch, more]) => `${major}.${minor}.${patch}${more}`),
      description: text(200),
      tags: fc.array(
        text(20).map((tag) => `#${tag}`),
        { maxLength: 4 },
      ),
      trigger: fc.record({
        schema: fc.constantFrom<unknown>(null, true, { type: 'object', required: ['a'] }),
      }),
      payload: fc.constantFrom<unknown>({}, { a: '${trigger.a}', b: [1, null] }),
      steps: fc.tuple(...Array.from({ length: count }, (_, index) => stepOf(index))),
      output: nullable(fc.constantFrom<unknown>('${steps.step_0.result}', { all: '${payload}' })),
      costLimit: nullable(fc.nat(1_000_000).map((cents) => (cents / 100).toFixed(6))),
      timeoutSeconds: nullable(seconds),
    }),
  )
