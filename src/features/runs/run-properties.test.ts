import type { AttemptToken, FailureCategory, RunId } from '@cadre/contract'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StepDefinition } from '#features/workflows/index.ts'
import { isAppError } from '#platform/errors.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { LEASE_MS } from '../../../test/support/engine.ts'
import { createRunSite, type RunSite, type StepAttempt } from '../../../test/support/run-site.ts'
import { agentAction, stepNamed, workflowOf } from '../../../test/support/workflow-definitions.ts'

// Random graphs, moved by several workers at once in random order, with failures, pauses and
// cancellations in between. Whatever happens: one end, in order, with the whole cost, and with
// everything undone that may have happened.

const RUNS = { pglite: 20, postgres: 30 } as const
const ATTEMPT_COST = '0.010000'

type Fate = 'done' | 'broken' | 'flaky' | 'hopeless'

interface Plan {
  steps: StepPlan[]
  cancelAfter: number | null
  isUndoneOnCancel: boolean
  pauseAfter: number | null
  hurry: number
}

interface StepPlan {
  needs: number[]
  items: number | null
  concurrencyMax: number
  isWanted: boolean
  onFailure: 'fail' | 'continue' | 'compensate'
  fate: Fate
  undo: Fate | null
}

const fate = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Fate>('done') },
  { weight: 2, arbitrary: fc.constantFrom<Fate>('broken', 'flaky', 'hopeless') },
)
const stepPlan: fc.Arbitrary<StepPlan> = fc.record({
  needs: fc.array(fc.nat(200), { maxLength: 3 }),
  items: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(4) }),
  concurrencyMax: fc.integer({ min: 1, max: 3 }),
  isWanted: fc.oneof(
    { weight: 9, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  onFailure: fc.constantFrom('fail', 'continue', 'compensate'),
  fate,
  undo: fc.option(fate),
})
const plan: fc.Arbitrary<Plan> = fc.record({
  steps: fc.oneof(
    { weight: 12, arbitrary: fc.array(stepPlan, { minLength: 1, maxLength: 25, size: 'max' }) },
    { weight: 1, arbitrary: fc.array(stepPlan, { minLength: 120, maxLength: 200, size: 'max' }) },
  ),
  cancelAfter: fc.option(fc.nat(40), { freq: 3 }),
  isUndoneOnCancel: fc.boolean(),
  pauseAfter: fc.option(fc.nat(20), { freq: 3 }),
  hurry: fc.integer({ min: 1, max: 6 }),
})

const oneStep: StepPlan = {
  needs: [],
  items: null,
  concurrencyMax: 1,
  isWanted: true,
  onFailure: 'compensate',
  fate: 'done',
  undo: 'done',
}
const oneRun: Plan = {
  steps: [oneStep],
  cancelAfter: null,
  isUndoneOnCancel: false,
  pauseAfter: null,
  hurry: 1,
}
/** Completed, failed, cancelled, undone: chance may leave one of them out. */
const EVERY_END: [Plan, number][] = [
  [oneRun, 1],
  [{ ...oneRun, steps: [{ ...oneStep, fate: 'hopeless', onFailure: 'fail' }] }, 1],
  [{ ...oneRun, cancelAfter: 0 }, 1],
  [{ ...oneRun, steps: [oneStep, { ...oneStep, needs: [0], fate: 'hopeless' }] }, 1],
]

const nameOf = (index: number): string => `s${index}`
const needsOf = ({ needs }: StepPlan, index: number): number[] =>
  index === 0 ? [] : [...new Set(needs.map((need) => need % index))]

const definitionOf = (name: string, { steps }: Plan) =>
  workflowOf(
    name,
    steps.map((step, index): StepDefinition => {
      const action = agentAction({ maxRetries: 3 })
      return stepNamed(nameOf(index), {
        needs: needsOf(step, index).map(nameOf),
        when: step.isWanted ? null : '1 > 2',
        forEach:
          step.items === null
            ? null
            : {
                items: JSON.stringify(Array.from({ length: step.items }, (_, at) => at)),
                concurrencyMax: step.concurrencyMax,
              },
        action,
        onFailure: step.onFailure,
        compensation: step.undo === null ? null : action,
      })
    }),
  )

interface Began extends StepAttempt {
  token: AttemptToken
  from: number
  to: number | null
  end: 'done' | FailureCategory | 'refused' | null
}

/** Moves a run to its end; tells everything that was begun, and when. */
const play = async (
  site: RunSite,
  { runId, wanted }: { runId: RunId; wanted: Plan },
  random: Dice,
) => {
  const began: Began[] = []
  let tick = 0
  let asked = 0
  const planOf = (step: string): StepPlan => {
    const found = wanted.steps[Number(step.slice(1))]
    if (found === undefined) throw new Error(`There is no step ${step}`)
    return found
  }
  const claim = async (due: StepAttempt): Promise<void> => {
    const from = ++tick
    const { attemptToken } = await site.reports.claim({
      taskId: due.taskId,
      agent: site.worker,
      leaseMs: LEASE_MS,
    })
    if (attemptToken === null) throw new Error('A claim has a token')
    began.push({ ...due, token: attemptToken, from, to: null, end: null })
  }
  const finish = async (attempt: Began): Promise<void> => {
    const { fate: ownFate, undo } = planOf(attempt.step)
    const fateOf = attempt.isCompensation ? (undo ?? 'done') : ownFate
    const report = {
      taskId: attempt.taskId,
      agent: site.worker,
      token: attempt.token,
      cost: ATTEMPT_COST,
      retryAfterMs: null,
    }
    const isDone = fateOf === 'done' || (fateOf === 'flaky' && attempt.attempt > 1)
    const category = fateOf === 'hopeless' ? 'permanent' : 'retriable'
    attempt.end = isDone ? 'done' : category
    try {
      if (isDone) await site.reports.complete({ ...report, result: attempt.item }, LEASE_MS)
      else await site.reports.fail({ ...report, category, error: fateOf })
    } catch (error) {
      if (!isAppError(error)) throw error
      attempt.end = 'refused'
    }
    attempt.to = ++tick
  }
  const tolerated = (work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => {
      if (!isAppError(error)) throw error
    })
  const flying = () => began.filter(({ to, end }) => to === null && end === null)
  const { runs, decisions } = site.engine.runs
  const { tenantId } = site.owner
  let isPaused = false

  for (let round = 0; round < 5_000; round++) {
    const due = await site.due(runId)
    const choices = random.some(
      [
        ...due.map((step) => () => tolerated(claim(step))),
        ...flying().map((attempt) => () => finish(attempt)),
      ],
      wanted.hurry,
    )
    if (asked === wanted.cancelAfter)
      choices.push(() =>
        tolerated(runs.cancel(site.owner, runId, { compensate: wanted.isUndoneOnCancel })),
      )
    if (asked === wanted.pauseAfter) {
      isPaused = true
      choices.push(() => tolerated(runs.pause(tenantId, runId)))
    }
    asked += 1
    if (choices.length === 0) {
      if (isPaused) {
        isPaused = false
        await tolerated(runs.resume(tenantId, runId))
        continue
      }
      const held = (await site.steps(runId)).filter(({ status }) => status === 'HELD')
      if (held.length === 0) return began
      for (const { id } of held)
        await decisions.skip(site.owner, { runId, stepId: id, comment: 'enough' })
      continue
    }
    await Promise.all(choices.map((choose) => choose()))
  }
  throw new Error('The run goes on and on')
}

interface Dice {
  some<Value>(values: readonly Value[], most: number): Value[]
}
const diceOf = (seed: number): Dice => {
  let state = seed >>> 0
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  return {
    some: (values, most) => {
      const left = [...values]
      const taken = []
      for (let wanted = 1 + below(most); wanted > 0 && left.length > 0; wanted--)
        taken.push(...left.splice(below(left.length), 1))
      return taken
    },
  }
}

/** Names of all that comes after a step, however far. */
const afterwards = (wanted: Plan): Map<string, Set<string>> => {
  const after = new Map(wanted.steps.map((_, index) => [nameOf(index), new Set<string>()]))
  for (let index = wanted.steps.length - 1; index >= 0; index--) {
    const step = wanted.steps[index]
    if (step === undefined) continue
    for (const need of needsOf(step, index)) {
      const set = after.get(nameOf(need))
      set?.add(nameOf(index))
      for (const later of after.get(nameOf(index)) ?? []) set?.add(later)
    }
  }
  return after
}

describe.each(DIALECTS)('any run on %s', (dialect) => {
  let database: TestDatabase
  let site: RunSite
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    site = await createRunSite(await database.open())
  })
  afterAll(async () => {
    await site.close()
    await database.drop()
  })

  let workflows = 0
  test('closes once, in order, with its whole cost, and undoes all that may have happened', async () => {
    const seen = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(plan, fc.nat(), async (wanted, seed) => {
        const name = `random_${++workflows}`
        await site.publish(definitionOf(name, wanted))
        const runId = await site.start(name)
        const began = await play(site, { runId, wanted }, diceOf(seed))
        const run = await site.run(runId)
        const steps = await site.steps(runId)
        seen.set(run.status, (seen.get(run.status) ?? 0) + 1)

        // It closed, once, and nothing of it is open.
        const ends = ['run.completed', 'run.failed', 'run.cancelled', 'run.compensated']
        const closings = (await site.events(runId)).filter((type) => ends.includes(type))
        expect(closings).toEqual([`run.${run.status.toLowerCase()}`])
        expect(run.finished_at).not.toBeNull()
        const open = steps.filter(
          ({ status }) => !['DONE', 'FAILED', 'SKIPPED', 'CANCELLED'].includes(status),
        )
        expect(open.filter(({ status }) => status !== 'RECORDED')).toEqual([])

        // Its cost is that of its attempts, whether they did any good or not.
        const counted = began.filter(({ end }) => end !== null && end !== 'refused').length
        expect(Number(run.cost)).toBeCloseTo(counted * Number(ATTEMPT_COST), 6)

        // Nothing began before all that it needs had ended, all elements included.
        const actions = began.filter(({ isCompensation }) => !isCompensation)
        for (const action of actions) {
          const index = Number(action.step.slice(1))
          const own = wanted.steps[index]
          for (const need of own === undefined ? [] : needsOf(own, index))
            for (const before of actions.filter(({ step }) => step === nameOf(need)))
              expect(before.to ?? Infinity, `${action.step} after ${before.step}`).toBeLessThan(
                action.from,
              )
        }

        // How it ended fits what happened.
        const failures = actions.filter(({ step, end, attempt }) => {
          const policy = wanted.steps[Number(step.slice(1))]?.onFailure
          return (
            policy !== 'continue' && (end === 'permanent' || (end === 'retriable' && attempt >= 3))
          )
        })
        if (run.status === 'COMPLETED') {
          expect(failures).toEqual([])
          const whole = steps.filter(({ item, is_compensation: isUndo }) => item === -1 && !isUndo)
          expect(whole).toHaveLength(wanted.steps.length)
        } else expect(failures.length > 0 || wanted.cancelAfter !== null).toBe(true)

        // What may have happened was undone, later things first; nothing else was.
        const undone = began.filter(({ isCompensation }) => isCompensation)
        if (run.status !== 'COMPENSATED') expect(undone).toEqual([])
        else {
          const firstUndo = Math.min(...undone.map(({ from }) => from))
          for (const action of actions) expect(action.to ?? Infinity).toBeLessThan(firstUndo)
          const mayHaveHappened = new Set(
            actions
              .filter(({ step }) => wanted.steps[Number(step.slice(1))]?.undo !== null)
              .filter(({ end }) => end !== 'permanent')
              .map(({ step, item }) => `${step} ${item}`),
          )
          expect(new Set(undone.map(({ step, item }) => `${step} ${item}`))).toEqual(
            mayHaveHappened,
          )
          const after = afterwards(wanted)
          for (const undo of undone)
            for (const later of undone)
              if (after.get(undo.step)?.has(later.step))
                expect(later.to ?? Infinity, `undo ${later.step} before ${undo.step}`).toBeLessThan(
                  undo.from,
                )
        }
      }),
      { numRuns: RUNS[dialect], examples: EVERY_END },
    )
    // Every end must have been shown, or this proves less than it says.
    expect([...seen.keys()].toSorted()).toEqual(['CANCELLED', 'COMPENSATED', 'COMPLETED', 'FAILED'])
  }, 240_000)
})
