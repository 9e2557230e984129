import type { Variable } from '../expression/compilation.ts'
import { isObject, type Path } from '@cadre/contract/source'
import { stepEntries } from './shape-findings.ts'

/** A place of a document where expressions stand. */
export interface ExpressionSite {
  /** An expression by itself, or JSON whose texts may hold expressions. */
  kind: 'expression' | 'template'
  value: unknown
  path: Path
  /** What the value must be; only of an expression by itself. */
  gives?: 'condition' | 'list' | 'seconds' | 'moment'
  reads: SiteRules
}

export interface SiteRules {
  /** The step whose needs limit which outcomes can be read; `any` at the end, `none` before. */
  steps: { ofStep: string } | 'any' | 'none'
  variables: readonly Variable[]
  /** Within the fan-out of this step. */
  isElement: boolean
}

const ALWAYS: readonly Variable[] = ['trigger', 'payload', 'run', 'steps']

/** Every place of a document where expressions stand, whatever else is wrong with it. */
export const expressionSites = (document: unknown): ExpressionSite[] => {
  if (!isObject(document)) return []
  const before = { steps: 'none', variables: ['trigger', 'run'], isElement: false } as const
  const after = { steps: 'any', variables: ALWAYS, isElement: false } as const
  return [
    ...template(document['payload'], ['payload'], before),
    ...stepEntries(document).flatMap(([name, step]) => sitesOfStep(name, step)),
    ...template(document['output'], ['output'], after),
  ]
}

const sitesOfStep = (name: string, step: Readonly<Record<string, unknown>>): ExpressionSite[] => {
  const at = (...path: Path): Path => ['steps', name, ...path]
  const forEach = step['for_each']
  const isFanOut = forEach !== undefined
  const rules = (isElement: boolean, ...more: Variable[]): SiteRules => ({
    steps: { ofStep: name },
    variables: [...ALWAYS, ...(isElement ? (['item', 'index'] as const) : []), ...more],
    isElement,
  })
  const once = rules(false)
  const { approval, delay, compensation } = step
  return [
    ...expression(step['when'], at('when'), 'condition', once),
    ...(isObject(forEach)
      ? expression(forEach['items'], at('for_each', 'items'), 'list', once)
      : expression(forEach, at('for_each'), 'list', once)),
    ...template(step['input'], at('input'), rules(isFanOut)),
    ...(isObject(approval)
      ? [
          ...template(approval['message'], at('approval', 'message'), once),
          ...template(approval['input'], at('approval', 'input'), once),
        ]
      : template(approval, at('approval'), once)),
    ...(isObject(delay)
      ? [
          ...expression(delay['seconds'], at('delay', 'seconds'), 'seconds', once),
          ...expression(delay['until'], at('delay', 'until'), 'moment', once),
        ]
      : expression(delay, at('delay'), 'seconds', once)),
    ...template(step['payload'], at('payload'), rules(false, 'result')),
    ...(isObject(compensation)
      ? template(
          compensation['input'],
          at('compensation', 'input'),
          rules(isFanOut, 'result', 'error'),
        )
      : []),
  ]
}

const expression = (
  value: unknown,
  path: Path,
  gives: ExpressionSite['gives'],
  reads: SiteRules,
): ExpressionSite[] =>
  typeof value === 'string' ? [{ kind: 'expression', value, path, gives, reads }] : []

const template = (value: unknown, path: Path, reads: SiteRules): ExpressionSite[] =>
  value === undefined ? [] : [{ kind: 'template', value, path, reads }]

/** `${ … }` around an expression that stands by itself is allowed, and means nothing. */
export const bareExpression = (text: string): { text: string; offset: number } => {
  const [, lead = '', wrapped] = /^(\s*\$\{\s*)([^]*?)\s*\}\s*$/.exec(text) ?? []
  if (wrapped !== undefined) return { text: wrapped, offset: lead.length }
  const trimmed = text.trim()
  return { text: trimmed, offset: text.length - text.trimStart().length }
}
