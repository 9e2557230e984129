import type { CompiledStep, CompiledWorkflow, ExpressionContext } from './compiled-workflow.ts'
import type { StepAction, StepDefinition, Template, WorkflowDefinition } from './definition.ts'
import { compileExpression, type CompiledExpression } from './expression/compile-expression.ts'
import { ExpressionError } from './expression/expression-error.ts'
import { toJson } from './expression/json-output.ts'
import { createMeter } from './expression/meter.ts'
import { compileTemplate, type CompiledTemplate } from './expression/template.ts'
import { parseTimestamp } from './expression/times.ts'
import { kindOf, withArticle } from './expression/values.ts'
import { orderSteps } from './step-order.ts'
import { isSagaDefinition } from './workflow.ts'

/**
 * Makes a definition ready to run. Pure, and linear in its steps: expressions are read when they
 * are needed first. The definition must have been checked; a cycle is a broken invariant.
 */
export const compileDefinition = (definition: WorkflowDefinition): CompiledWorkflow => {
  const { depths, dependents } = orderSteps(definition.steps)
  const steps = new Map<string, CompiledStep>()
  for (const step of definition.steps)
    steps.set(
      step.name,
      compileStep(step, {
        depth: depths.get(step.name) ?? 0,
        dependents: dependents.get(step.name) ?? [],
      }),
    )
  const unneeded = definition.steps
    .map(({ name }) => name)
    .filter((name) => (dependents.get(name) ?? []).length === 0)
  const payload = once(() => compileTemplate(definition.payload))
  const output = once(() => compileTemplate(definition.output))
  return {
    definition,
    steps,
    roots: definition.steps.filter(({ needs }) => needs.length === 0).map(({ name }) => name),
    isSaga: isSagaDefinition(definition),
    payload: (context) => payload().evaluate(context),
    output: (context) =>
      definition.output === null ? resultsOf(unneeded, context) : output().evaluate(context),
    get outputReads() {
      return definition.output === null ? unneeded : output().steps
    },
  }
}

/** Without an output of its own, a run answers the results of the steps that nothing needs. */
const resultsOf = (names: readonly string[], { steps }: ExpressionContext): unknown =>
  toJson(
    createMeter(),
    Object.fromEntries(names.map((name) => [name, steps[name]?.result ?? null])),
  )

const compileStep = (
  step: StepDefinition,
  place: { depth: number; dependents: readonly string[] },
): CompiledStep => {
  const { action, compensation, forEach } = step
  const when = once(() => (step.when === null ? null : compileExpression(step.when)))
  const items = once(() => (forEach === null ? null : compileExpression(forEach.items)))
  const input = once(() => compileTemplate(inputOf(action)))
  const message = once(() => compileTemplate(action.kind === 'approval' ? action.message : ''))
  const moment = once(() => momentOf(action))
  const payload = once(() => compileTemplate(step.payload))
  const undo = once(() => compileTemplate(compensation?.input ?? null))
  return {
    step,
    ...place,
    get startReads() {
      return union([when(), items(), moment()], [input(), message()])
    },
    get payloadReads() {
      return payload().steps
    },
    get compensationReads() {
      return undo().steps
    },
    when: (context) => evaluateCondition(when(), context),
    items: (context) => evaluateItems(items(), context),
    input: (context) => input().evaluate(context),
    message: (context) => textOf(message().evaluate(context)),
    delayUntil: (context, now) => evaluateDelay(action, moment(), context, now),
    payloadPatch: (context) => payload().evaluate(context),
    compensationInput: (context) => undo().evaluate(context),
  }
}

const once = <Value>(make: () => Value): (() => Value) => {
  let made: { value: Value } | null = null
  return () => (made ??= { value: make() }).value
}

const inputOf = (action: StepAction): Template =>
  action.kind === 'agent' || action.kind === 'workflow' || action.kind === 'approval'
    ? action.input
    : null

const union = (
  expressions: readonly (CompiledExpression | null)[],
  templates: readonly CompiledTemplate[],
): readonly string[] => [
  ...new Set([
    ...expressions.flatMap((expression) => (expression ? [...expression.steps.keys()] : [])),
    ...templates.flatMap((template) => template.steps),
  ]),
]

const evaluateCondition = (
  condition: CompiledExpression | null,
  context: ExpressionContext,
): boolean => {
  if (condition === null) return true
  const value = condition.evaluate(context, createMeter())
  if (typeof value === 'boolean') return value
  throw wrongKind(condition, 'a condition is true or false', value)
}

const evaluateItems = (
  items: CompiledExpression | null,
  context: ExpressionContext,
): readonly unknown[] => {
  if (items === null) return []
  const meter = createMeter()
  const value = items.evaluate(context, meter)
  if (!Array.isArray(value)) throw wrongKind(items, 'for_each goes through a list', value)
  return value.map((element) => toJson(meter, element))
}

const wrongKind = (expression: CompiledExpression, rule: string, value: unknown) =>
  new ExpressionError(`gives ${withArticle(kindOf(value))}; ${rule}`, {
    expression: expression.text,
  })

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value)

/** The expression that says when a delay ends; null for a number of seconds, and for other steps. */
const momentOf = (action: StepAction): CompiledExpression | null => {
  if (action.kind !== 'delay') return null
  const text = action.until ?? action.seconds
  return typeof text === 'string' ? compileExpression(text) : null
}

/** Ten years; the furthest that a delay reaches. */
const DELAY_MS_MAX = 315_576_000_000

const evaluateDelay = (
  action: StepAction,
  moment: CompiledExpression | null,
  context: ExpressionContext,
  now: Date,
): Date | null => {
  if (action.kind !== 'delay') return null
  const value =
    moment === null
      ? action.seconds
      : toJson(createMeter(), moment.evaluate(context, createMeter()))
  const text = moment?.text ?? String(value)
  if (typeof value === 'number' && action.until === null) {
    if (value >= 0 && value * 1_000 <= DELAY_MS_MAX) return new Date(now.getTime() + value * 1_000)
    throw new ExpressionError(`a delay of ${value} seconds; it is from 0 to ten years`, {
      expression: text,
    })
  }
  if (typeof value !== 'string' || action.until === null)
    throw new ExpressionError(
      `gives ${withArticle(kindOf(value))}; ${action.until === null ? 'seconds is a number' : 'until is a timestamp'}`,
      { expression: text },
    )
  try {
    const end = parseTimestamp(value)
    if (end.getTime() - now.getTime() <= DELAY_MS_MAX) return end
  } catch (error) {
    throw error instanceof ExpressionError ? error.in(text) : error
  }
  throw new ExpressionError('a delay ends within ten years', { expression: text })
}
