import { compileExpression, type CompiledExpression } from '../expression/compile-expression.ts'
import { ExpressionError } from '../expression/expression-error.ts'
import { splitTemplate } from '../expression/template.ts'
import { suggestion } from '@cadre/contract/source'
import { needsOf } from './check-steps.ts'
import {
  bareExpression,
  expressionSites,
  type ExpressionSite,
  type SiteRules,
} from './expression-sites.ts'
import { createTypeChecker, type Surroundings, type TypeChecker } from './expression-types.ts'
import { isObject, PROBLEMS_MAX, type Finding, type Path } from '@cadre/contract/source'
import { stepEntries } from './shape-findings.ts'
import { createAncestors, type Ancestors } from './step-ancestors.ts'

interface Check {
  types: TypeChecker
  ancestors: Ancestors
  /** Types of the elements that fan-outs go through, by step. */
  elements: Map<string, string>
  findings: Finding[]
}

/** Reads every expression of a document: syntax, names, the steps it may read, and types. */
export const checkExpressions = (document: unknown, triggerSchema: unknown): Finding[] => {
  const steps = stepEntries(document).map(([name, step]) => ({ name, needs: needsOf(step) }))
  const check: Check = {
    types: createTypeChecker(triggerSchema),
    ancestors: createAncestors(steps),
    elements: new Map(),
    findings: [],
  }
  for (const site of expressionSites(document)) {
    if (check.findings.length >= PROBLEMS_MAX) break
    if (site.kind === 'expression') checkBare(check, site, String(site.value))
    else checkTemplate(check, site.reads, site.value, site.path)
  }
  return check.findings
}

const checkBare = (check: Check, site: ExpressionSite, written: string): void => {
  const { text, offset } = bareExpression(written)
  const fitting = misfitOf(site, text)
  if (fitting !== null) {
    check.findings.push({ message: fitting, path: site.path, offset })
    return
  }
  const type = checkExpression(check, site.reads, { text, offset, path: site.path })
  if (type === null) return
  const { steps } = site.reads
  if (site.gives === 'list' && typeof steps === 'object')
    check.elements.set(steps.ofStep, elementOf(type))
  const fault = faultOf(site.gives, type, text)
  if (fault !== null)
    check.findings.push({ message: `\`${shortened(text)}\` ${fault}`, path: site.path, offset })
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

const SPAN =
  /^(\d{1,6}(?:\.\d+)?) *(?:(s)(?:ec(?:ond)?s?)?|(m)(?:in(?:ute)?s?)?|(h)(?:ours?)?|(d)(?:ays?)?)$/i
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g

/** What is no expression at all, and can be told in plainer words than the language has. */
const misfitOf = ({ gives }: ExpressionSite, text: string): string | null => {
  if (text.replaceAll(QUOTED, '').includes('${'))
    return 'all of this is one expression: leave out `${` and `}`'
  const [, amount = '', ...units] = SPAN.exec(text) ?? []
  const unit = units.find((letter) => letter !== undefined) ?? ''
  if (gives !== 'seconds') return null
  if (/^PT?\d/i.test(text)) return 'a delay is a number of seconds'
  if (unit === '') return null
  const seconds = Number(amount) * (UNIT_SECONDS[unit.toLowerCase()] ?? 1)
  return `a delay is a number of seconds: ${Number(seconds.toFixed(3))}`
}

const faultOf = (gives: ExpressionSite['gives'], type: string, text: string): string | null => {
  if (gives === 'condition' && text === 'false') return 'is never true, so the step never runs'
  const isOf = (...types: string[]) =>
    types.some((one) => type === one || type.startsWith(`${one}<`))
  if (isOf('dyn', 'optional')) return null
  const given = type.replace(/^google\.protobuf\./, '').replaceAll(/\bObject\d+\b/g, 'object')
  const shown = given.toLowerCase()
  if (gives === 'condition' && !isOf('bool')) return `gives ${shown}; a condition is true or false`
  if (gives === 'list' && !isOf('list')) return `gives ${shown}; \`for_each\` goes through a list`
  if (gives === 'seconds' && !isOf('int', 'double')) return `gives ${shown}; seconds is a number`
  const isMoment = isOf('string') || type.endsWith('Timestamp')
  return gives === 'moment' && !isMoment ? `gives ${shown}; \`until\` is a timestamp` : null
}

const elementOf = (listType: string): string =>
  /^list<(.+)>$/.exec(listType)?.[1]?.replace(/^[A-Z]$/, 'dyn') ?? 'dyn'

const checkTemplate = (check: Check, reads: SiteRules, value: unknown, path: Path): void => {
  if (typeof value === 'string') checkText(check, reads, value, path)
  else if (Array.isArray(value))
    for (const [index, element] of value.entries())
      checkTemplate(check, reads, element, [...path, index])
  else if (isObject(value))
    for (const [key, member] of Object.entries(value)) {
      if (key.includes('${'))
        check.findings.push({
          message: 'keys are taken as they are; expressions stand in values only',
          path: [...path, key],
          at: 'key',
        })
      checkTemplate(check, reads, member, [...path, key])
    }
}

const checkText = (check: Check, reads: SiteRules, text: string, path: Path): void => {
  if (!text.includes('${')) return
  try {
    for (const part of splitTemplate(text))
      if (part.kind === 'expression') checkExpression(check, reads, { ...part, path })
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    check.findings.push({ message: error.reason, path, offset: error.offset ?? 0 })
  }
}

interface PlacedExpression {
  text: string
  offset: number
  path: Path
}

/** @returns the expression's type, or null when something is wrong with it */
const checkExpression = (
  check: Check,
  reads: SiteRules,
  { text, offset, path }: PlacedExpression,
): string | null => {
  const before = check.findings.length
  const add = (reason: string, within: number | null) =>
    check.findings.push({
      message: text === '' ? reason : `\`${shortened(text)}\`: ${reason}`,
      path,
      offset: offset + (within ?? 0),
    })
  try {
    const compiled = compileExpression(text)
    checkVariables(compiled, reads, add)
    checkOutcomes(check, compiled, reads, add)
    if (check.findings.length > before) return null
    return check.types.check(text, surroundingsOf(check, reads))
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    add(error.reason, error.offset)
    return null
  }
}

type Add = (reason: string, within: number | null) => void

const WHY_NOT: Readonly<Record<string, string>> = {
  item: '`item` is an element of a fan-out; only `input` and `compensation` of a step with `for_each` know it',
  index:
    '`index` is an element’s place in a fan-out; only `input` and `compensation` of a step with `for_each` know it',
  result: '`result` is what the step answered; only its `payload` and `compensation` know it',
  error: '`error` is why the run is undone; only a `compensation` knows it',
  payload: '`payload` has no value yet; its first value can be made of `trigger` and `run`',
}

const checkVariables = (compiled: CompiledExpression, reads: SiteRules, add: Add): void => {
  for (const [variable, within] of compiled.variables)
    if (!reads.variables.includes(variable)) add(WHY_NOT[variable] ?? 'cannot be read here', within)
}

const checkOutcomes = (
  { ancestors }: Check,
  compiled: CompiledExpression,
  { steps, variables }: SiteRules,
  add: Add,
): void => {
  for (const [name, within] of compiled.steps) {
    if (steps === 'none') add('no step has run yet', within)
    else if (!ancestors.has(name))
      add(`there is no step \`${name.slice(0, 64)}\`${suggestion(name, ancestors.names())}`, within)
    else if (steps !== 'any') {
      const { ofStep } = steps
      if (name === ofStep)
        add(
          variables.includes('result')
            ? 'what the step itself answered is `result` here'
            : 'the step itself has not run yet',
          within,
        )
      else if (!ancestors.isBefore(name, ofStep))
        add(`\`${name}\` may not have ended yet: name it among the step’s \`needs\``, within)
    }
  }
}

const surroundingsOf = (
  check: Check,
  { variables, isElement, steps }: SiteRules,
): Surroundings => ({
  item: isElement && typeof steps === 'object' ? (check.elements.get(steps.ofStep) ?? 'dyn') : null,
  hasResult: variables.includes('result'),
  hasError: variables.includes('error'),
})

const SHOWN_MAX = 80
const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > SHOWN_MAX ? `${line.slice(0, SHOWN_MAX)}…` : line
}
