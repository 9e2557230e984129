import type { ExpressionContext } from '../compiled-workflow.ts'
import { ExpressionError } from './expression-error.ts'
import type { Meter } from './meter.ts'
import type { Node } from './parse-expression.ts'
import { kindOf, withArticle } from './values.ts'

/** What an expression may read. */
export const VARIABLES = [
  'trigger',
  'payload',
  'run',
  'steps',
  'item',
  'index',
  'result',
  'error',
] as const
export type Variable = (typeof VARIABLES)[number]

export const isVariable = (name: string): name is Variable =>
  (VARIABLES as readonly string[]).includes(name)

export interface Frame {
  context: ExpressionContext
  meter: Meter
  /** Variables of macros, by the slot that compilation gave them. */
  locals: unknown[]
}
export type Run = (frame: Frame) => unknown

/** What compilation knows at one place of the tree. */
export interface Scope {
  slots: ReadonlyMap<string, number>
  slotsUsed: number
  /** Macros that go through a list around this place. */
  depth: number
  found: { variables: Map<Variable, number>; steps: Map<string, number> }
  compile(node: Node, scope: Scope): Run
}

/** The result, or the error of an expression that fails on these values; limits are never swallowed. */
export const attempt = (work: () => boolean): boolean | ExpressionError => {
  try {
    return work()
  } catch (error) {
    if (error instanceof ExpressionError && !error.isLimit) return error
    throw error
  }
}

export const truth = (what: string, value: unknown): boolean => {
  if (typeof value === 'boolean') return value
  throw new ExpressionError(`${what} takes true or false, not ${withArticle(kindOf(value))}`)
}
