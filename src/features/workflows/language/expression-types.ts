import { Environment, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import { ExpressionError } from '../expression/expression-error.ts'
import { asExpressionError, PARSER_OPTIONS } from '../expression/parse-expression.ts'
import { suggestion } from '@cadre/contract/source'
import { typeOfSchema, type ObjectTypes } from './schema-types.ts'

/** What an expression may read at its place, besides `trigger`, `payload`, `run` and `steps`. */
export interface Surroundings {
  /** The type of `item`; null outside of a fan-out. */
  item: string | null
  hasResult: boolean
  hasError: boolean
}

export interface TypeChecker {
  /**
   * The expression's type, `dyn` where it is known at run time only.
   * Throws `ExpressionError` for what can never work.
   */
  check(expression: string, surroundings: Surroundings): string
}

/** Checks expressions against the types that the trigger's schema tells. */
export const createTypeChecker = (triggerSchema: unknown): TypeChecker => {
  const objects: ObjectTypes = new Map()
  const trigger = typeOfSchema(triggerSchema, objects)
  const typed = createEnvironments(trigger, objects)
  const loose = createEnvironments('dyn', objects)
  return {
    check: (expression, surroundings) => {
      const checked = typed(surroundings).check(expression)
      if (checked.valid) return checked.type ?? 'dyn'
      if (isTolerated(checked.error)) {
        const again = loose({ ...surroundings, item: surroundings.item && 'dyn' }).check(expression)
        if (again.valid) return again.type ?? 'dyn'
        if (isTolerated(again.error)) return 'dyn'
      }
      throw wordingOf(checked.error, expression, objects)
    },
  }
}

const createEnvironments = (triggerType: string, objects: ObjectTypes) => {
  const base = once(() => {
    const environment = createBase()
    for (const [name, fields] of objects) environment.registerType(name, { fields })
    return environment.registerVariable('trigger', triggerType)
  })
  const known = new Map<string, Environment>()
  return ({ item, hasResult, hasError }: Surroundings): Environment => {
    const key = `${item} ${hasResult} ${hasError}`
    const found = known.get(key)
    if (found !== undefined) return found
    const environment = base().clone()
    if (item !== null) environment.registerVariable('item', item).registerVariable('index', 'int')
    if (hasResult) environment.registerVariable('result', 'dyn')
    if (hasError) environment.registerVariable('error', 'dyn')
    known.set(key, environment)
    return environment
  }
}

const once = <Value>(make: () => Value): (() => Value) => {
  let made: { value: Value } | null = null
  return () => (made ??= { value: make() }).value
}

const TEXT = 'string'
const MOMENT = 'google.protobuf.Timestamp'
const SPAN = 'google.protobuf.Duration'

/** What ours can and the standard's types forbid: whole numbers and others mix, and some functions. */
const createBase = (): Environment => {
  const environment = new Environment(PARSER_OPTIONS)
  const never = () => {
    throw new Error('Broken invariant: this environment only checks')
  }
  for (const operator of ['+', '-', '*', '/', '%'])
    for (const [left, right] of NUMBERS_MIXED)
      environment.registerOperator(`${left} ${operator} ${right}: double`, never)
  environment.registerOperator('double % double: double', never)
  environment.registerOperator('int == double: bool', never)
  for (const [left, right] of NUMBERS_MIXED)
    environment.registerOperator(`${left} in list<${right}>: bool`, never)
  for (const signature of FUNCTIONS_ADDED) environment.registerFunction(signature, never)
  environment.registerType('Run', {
    fields: { id: TEXT, workflow: TEXT, version: TEXT, started_at: TEXT },
  })
  environment.registerType('StepOutcome', {
    fields: { status: TEXT, result: 'dyn', error: 'dyn' },
  })
  return environment
    .registerVariable('payload', 'dyn')
    .registerVariable('run', 'Run')
    .registerVariable('steps', 'map<string, StepOutcome>')
}

const NUMBERS_MIXED = [
  ['int', 'double'],
  ['double', 'int'],
] as const

const FUNCTIONS_ADDED = [
  'string.replace(string, string): string',
  'string.substring(double): string',
  'string.substring(double, double): string',
  'string.substring(int, double): string',
  'string.substring(double, int): string',
  'string.indexOf(string, double): int',
  'string.lastIndexOf(string, double): int',
  'string.split(string, double): list<string>',
  'list.flatten(): list<dyn>',
  'list.sum(): double',
  'list.min(): double',
  'list.max(): double',
  `string(${MOMENT}): string`,
  `string(${SPAN}): string`,
  `int(${MOMENT}): int`,
  `timestamp(double): ${MOMENT}`,
  `timestamp(${MOMENT}): ${MOMENT}`,
  `duration(int): ${SPAN}`,
  `duration(double): ${SPAN}`,
  `duration(${SPAN}): ${SPAN}`,
]

/**
 * The standard is stricter than JSON here: 1 and 1.0 differ, both ends of `? :` must be alike,
 * nothing but null equals null, and an object with known fields is no map.
 */
const isTolerated = (error: unknown): boolean => {
  if (!(error instanceof CelTypeError)) return false
  const { code, summary } = error
  if (code === 'incompatible_ternary_branches' || /must be compatible type/.test(summary))
    return true
  if (/\bint\b/.test(summary) && /\bdouble\b/.test(summary)) return true
  if (/[!=]=/.test(summary) && /\bnull\b/.test(summary)) return true
  return /\bObject\d+\b/.test(summary) && /[!=]=|\bin\b|comprehension|orValue/.test(summary)
}

const wordingOf = (error: unknown, expression: string, objects: ObjectTypes): ExpressionError => {
  if (!(error instanceof CelTypeError)) return asExpressionError(error, expression)
  const offset = error.range?.start ?? null
  return new ExpressionError(reasonOf(error, objects), { expression, offset })
}

const reasonOf = (error: CelTypeError, objects: ObjectTypes): string => {
  const summary = plainTypes(error.summary)
  const field = /^No such key: (.*)$/s.exec(summary)?.[1]
  if (field !== undefined)
    return `there is no field \`${field}\`${fieldHint(error, field, objects)}`
  const overload = /^no such overload: (.*)$/s.exec(summary)?.[1]
  if (overload !== undefined) return `${overload} is not possible${numberHint(overload)}`
  const call = /^found no matching overload for '(.*)'$/s.exec(summary)?.[1]
  if (call !== undefined) return `there is no ${call}`
  const indexed = /^Cannot index type '(.*)'$/s.exec(summary)?.[1]
  if (indexed !== undefined) return `${indexed} has no fields`
  const worded = WORDS.find(([pattern]) => pattern.test(summary))
  return worded === undefined
    ? summary.replace(/^[A-Z](?![A-Z])/, (letter) => letter.toLowerCase())
    : summary.replace(...worded)
}

const WORDS: readonly [RegExp, string][] = [
  [
    /^Logical operator requires bool operands, got '(.*)'$/s,
    '`&&` and `||` take true or false, not $1',
  ],
  [/^List index must be int.*$/s, 'a list has places, no fields: go through it with map()'],
  [
    /^Ternary condition must be bool, got '(.*)'$/s,
    'the condition before `?` is true or false, not $1',
  ],
  [
    /^.*\bpredicate must return bool, got '(.*)'$/s,
    'the condition for each element is true or false, not $1',
  ],
  [
    /^[Ee]xpression of type '(.*)' cannot be range of a comprehension.*$/s,
    '$1 has no elements to go through',
  ],
]

const plainTypes = (text: string): string =>
  text
    .replaceAll(MOMENT, 'timestamp')
    .replaceAll(SPAN, 'duration')
    .replaceAll(/\bObject\d+\b|\bRun\b|\bStepOutcome\b/g, 'object')
    .replaceAll(/dyn<([^<>]*)>/g, '$1')

const numberHint = (overload: string): string =>
  /^(?:string \+ (?:int|double)|(?:int|double) \+ string)$/.test(overload)
    ? '; make the number a text with string()'
    : ''

const STEP_FIELDS = ['status', 'result', 'error']
const RUN_FIELDS = ['id', 'workflow', 'version', 'started_at']

/** The fields of what stands left of the dot. */
const fieldHint = (error: CelTypeError, field: string, objects: ObjectTypes): string => {
  const { node } = error
  if (node === undefined || (node.op !== '.' && node.op !== '[]')) return ''
  const left: unknown = node.args[0]
  const type =
    typeof left === 'object' && left !== null && 'checkedType' in left
      ? (left.checkedType as { name?: string }).name
      : undefined
  const fields =
    type === 'Run'
      ? RUN_FIELDS
      : type === 'StepOutcome'
        ? STEP_FIELDS
        : Object.keys(objects.get(type ?? '') ?? {})
  const hint = suggestion(field, fields)
  return hint !== '' || fields.length === 0 || fields.length > 8
    ? hint
    : `; there are ${fields.join(', ')}`
}
