import { KEYS_OF_ACTIONS, STEP_ACTIONS, StepDocument, type StepActionKey } from '@cadre/contract'
import { findCycle, orderSteps } from '../step-order.ts'
import { suggestion } from '@cadre/contract/source'
import { isObject, PROBLEMS_MAX, type Finding, type Path } from '@cadre/contract/source'
import { stepEntries } from './shape-findings.ts'

type StepEntry = readonly [name: string, step: Readonly<Record<string, unknown>>]

/** Rules between a definition's parts. Takes any document and passes over what has a wrong shape. */
export const checkSteps = (document: unknown, limits: { stepsMax: number }): Finding[] => {
  const steps = stepEntries(document)
  const all = isObject(document) && isObject(document['steps']) ? document['steps'] : null
  if (all === null) return []
  if (steps.length === 0 && Object.keys(all).length === 0)
    return [{ message: 'a workflow has at least one step', path: ['steps'] }]
  if (steps.length > limits.stepsMax)
    return [
      {
        message: `the workflow has ${steps.length.toLocaleString('en')} steps; ${limits.stepsMax.toLocaleString('en')} are allowed`,
        path: ['steps'],
      },
    ]
  return [
    ...steps.flatMap(([name, step]) => [...checkAction(name, step), ...checkDetails(name, step)]),
    ...steps.flatMap(([name, step]) => checkWorkflow(document, name, step)),
    ...checkNeeds(steps, Object.keys(all)),
    ...checkCycle(steps),
  ]
}

const has = (step: Readonly<Record<string, unknown>>, key: string): boolean =>
  Object.hasOwn(step, key)

const checkAction = (name: string, step: StepEntry[1]): Finding[] => {
  const actions = STEP_ACTIONS.filter((key) => has(step, key))
  const [action, second] = actions
  // A misspelt action is told of where it stands.
  if (action === undefined && Object.keys(step).some(isNearAction)) return []
  if (action === undefined)
    return [
      {
        message: `the step does nothing: give it one of ${STEP_ACTIONS.join(', ')}`,
        path: ['steps', name],
        at: 'key',
      },
    ]
  if (second !== undefined)
    return [
      {
        message: `a step does one thing, and \`${action}\` is here already`,
        path: ['steps', name, second],
        at: 'key',
      },
    ]
  return Object.entries(KEYS_OF_ACTIONS).flatMap(([key, takers]) =>
    has(step, key) && !takers.includes(action) ? [misplaced(name, key, action, takers)] : [],
  )
}

const isNearAction = (key: string): boolean =>
  !Object.hasOwn(StepDocument.shape, key) && suggestion(key, STEP_ACTIONS) !== ''

const misplaced = (
  name: string,
  key: string,
  action: StepActionKey,
  takers: readonly StepActionKey[],
): Finding => {
  const hint =
    key === 'input' && action === 'approval'
      ? '; an approval takes it within, beside `message`'
      : `; it belongs to a step with ${takers.join(', ').replace(/, (\w+)$/, ' or $1')}`
  return {
    message: `\`${key}\` means nothing for a step with \`${action}\`${hint}`,
    path: ['steps', name, key],
    at: 'key',
  }
}

/** Names are taken as they are, so that it is known beforehand what a workflow reaches for. */
const checkName = (path: Path, value: unknown): Finding[] =>
  typeof value === 'string' && value.includes('${')
    ? [{ message: 'a name is taken as it is; no expression can stand here', path }]
    : []

const NAMES = ['agent', 'capability', 'workflow', 'signal'] as const

const checkDetails = (name: string, step: StepEntry[1]): Finding[] => {
  const findings: Finding[] = NAMES.flatMap((key) => checkName(['steps', name, key], step[key]))
  const { compensation, delay } = step
  if (isObject(compensation)) {
    const hasBoth = has(compensation, 'agent') && has(compensation, 'capability')
    const hasNone = !has(compensation, 'agent') && !has(compensation, 'capability')
    const path = ['steps', name, 'compensation']
    for (const key of NAMES) findings.push(...checkName([...path, key], compensation[key]))
    if (hasNone)
      findings.push({ message: 'a compensation needs an agent or a capability', path, at: 'key' })
    if (hasBoth)
      findings.push({
        message: 'a compensation has either an agent or a capability',
        path: [...path, 'capability'],
        at: 'key',
      })
  }
  if (isObject(delay) && has(delay, 'seconds') === has(delay, 'until'))
    findings.push({
      message: 'a delay has either `seconds` or `until`',
      path: ['steps', name, 'delay'],
      at: 'key',
    })
  return findings
}

const checkWorkflow = (document: unknown, name: string, { workflow }: StepEntry[1]): Finding[] => {
  if (!isObject(document) || typeof workflow !== 'string') return []
  const { name: own, version } = document
  if (workflow !== own && workflow !== `${String(own)}@${String(version)}`) return []
  return [
    { message: 'the workflow runs itself, which never ends', path: ['steps', name, 'workflow'] },
  ]
}

/** The names that a step needs, as far as they are names; a single text stands for a list of one. */
export const needsOf = ({ needs }: StepEntry[1]): readonly string[] => {
  if (typeof needs === 'string') return [needs]
  return Array.isArray(needs) ? needs.filter((need) => typeof need === 'string') : []
}

const checkNeeds = (steps: readonly StepEntry[], names: readonly string[]): Finding[] => {
  const known = new Set(names)
  let faults = 0
  return steps.flatMap(([name, step]) => {
    const seen = new Set<string>()
    const isSingle = typeof step['needs'] === 'string'
    return needsOf(step).flatMap((need, index) => {
      const path = isSingle ? ['steps', name, 'needs'] : ['steps', name, 'needs', index]
      const isRepeated = seen.has(need)
      seen.add(need)
      if (need !== name && known.has(need) && !isRepeated) return []
      // Looking for a name that is like another one goes through all of them.
      faults += 1
      if (faults > PROBLEMS_MAX) return []
      if (need === name) return [{ message: 'a step cannot need itself', path }]
      if (!known.has(need))
        return [
          { message: `there is no step \`${need.slice(0, 64)}\`${suggestion(need, known)}`, path },
        ]
      return [{ message: `\`${need}\` is needed twice`, path }]
    })
  })
}

const checkCycle = (steps: readonly StepEntry[]): Finding[] => {
  const ordered = steps.map(([name, step]) => ({
    name,
    // A step that needs itself is told of already.
    needs: [...new Set(needsOf(step))].filter((need) => need !== name),
  }))
  const order = orderSteps(ordered)
  const cycle = findCycle(ordered, order)
  if (cycle === null) return []
  const [first = ''] = cycle
  const shown = cycle.length > 12 ? [...cycle.slice(0, 11), '…', first] : cycle
  const within = new Set(cycle)
  const sorted = new Set(order.sorted)
  const waiting = ordered.filter(({ name }) => !sorted.has(name) && !within.has(name))
  return [
    {
      message: `the steps wait for each other: ${shown.join(' → ')}`,
      path: ['steps', first, 'needs'],
      at: 'key',
    },
    ...waiting.map(({ name }) => ({
      message: `the step can never be reached: it waits for steps that wait for each other`,
      path: ['steps', name],
      at: 'key' as const,
    })),
  ]
}
