import { Ajv2020, MissingRefError, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { RE2JS } from 're2js'

const VALUES_MAX = 5_000
const ERRORS_SHOWN_MAX = 10

type Path = readonly (string | number)[]

/** Patterns come from authors and meet texts of others: they must end in linear time. */
const linearPattern = (pattern: string) => {
  const expression = RE2JS.compile(pattern)
  return {
    test: (text: string) => expression.matcher(text).find(),
    // The validator takes patterns of the same text for one.
    toString: () => pattern,
  }
}
linearPattern.code = 'linearPattern'

const createAjv = () => {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    // Or `constructor` would be there in every object.
    ownProperties: true,
    logger: false,
    code: { regExp: linearPattern },
  })
  addFormats.default(ajv)
  return ajv
}

let metaSchemas: Ajv2020 | null = null

/** A schema that goes on and on does so with one of these already, where time is limited. */
const SAMPLES: readonly unknown[] = [null, true, 0, '', [], {}, [{}], { a: {} }]
const ENDLESS = 'the schema refers to itself without end'

export interface SchemaFinding {
  message: string
  /** Within the schema. */
  path: Path
}

/** What is wrong with a JSON Schema (2020-12); nothing where it can be used. */
export const checkSchema = (schema: unknown): SchemaFinding[] => {
  if (typeof schema !== 'boolean' && !isObject(schema)) return []
  if (countValues(schema) > VALUES_MAX)
    return [{ message: `the schema holds more than ${VALUES_MAX} values`, path: [] }]
  if (isObject(schema) && schema['$async'] !== undefined)
    return [{ message: '`$async` is no part of JSON Schema', path: ['$async'] }]
  metaSchemas ??= createAjv()
  try {
    if (metaSchemas.validateSchema(schema) !== true) {
      const errors = (metaSchemas.errors ?? []).slice(0, ERRORS_SHOWN_MAX)
      const paths = new Set<string>()
      return errors.flatMap(({ instancePath, message = 'is wrong', params }) => {
        if (paths.has(instancePath)) return []
        paths.add(instancePath)
        const allowed: unknown = params['allowedValues']
        const values = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : ''
        return [
          {
            message: `the schema is no JSON Schema: ${message}${values}`,
            path: pathOf(instancePath),
          },
        ]
      })
    }
    const validate = compileSchema(schema)
    for (const sample of SAMPLES) validate(sample)
    return []
  } catch (error) {
    return [unusable(schema, error)]
  }
}

/** Why a schema of the right shape cannot be used, and as far as that is known, where. */
const unusable = (schema: unknown, error: unknown): SchemaFinding => {
  const reason = (error instanceof Error ? error.message : String(error)).slice(
    0,
    REASON_LENGTH_MAX,
  )
  if (error instanceof RangeError) return { message: ENDLESS, path: [] }
  if (error instanceof MissingRefError) {
    const path = find(schema, (key, value) => key === '$ref' && isReferenceTo(value, error))
    return { message: `the reference leads nowhere: ${error.missingRef}`, path: path ?? [] }
  }
  const isBroken = (pattern: string) => {
    try {
      linearPattern(pattern)
      return false
    } catch {
      return true
    }
  }
  const path = find(
    schema,
    (key, value) => key === 'pattern' && typeof value === 'string' && isBroken(value),
  )
  return path === null
    ? { message: `the schema cannot be used: ${reason}`, path: [] }
    : { message: `this is no pattern: ${reason.replace(/^error parsing regexp: /, '')}`, path }
}

const REASON_LENGTH_MAX = 300

const isReferenceTo = (value: unknown, { missingRef }: MissingRefError): boolean =>
  typeof value === 'string' && missingRef.endsWith(value)

/** The path to the first member that is meant. The schema has been counted, so it ends. */
const find = (
  value: unknown,
  isMeant: (key: string, member: unknown) => boolean,
  path: Path = [],
): Path | null => {
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : isObject(value)
      ? Object.entries(value)
      : []
  for (const [key, member] of entries) {
    const at = [...path, key]
    if (typeof key === 'string' && isMeant(key, member)) return at
    const within = find(member, isMeant, at)
    if (within !== null) return within
  }
  return null
}

/** Tells what is wrong with a value; one line for each fault. */
export type ValueCheck = (value: unknown) => readonly { path: string; message: string }[]

/** The schema must have been checked. */
export const createValueCheck = (schema: unknown): ValueCheck => {
  if (schema === null || schema === undefined || schema === true) return () => []
  const validate = compileSchema(schema as object | boolean)
  return (value) => {
    try {
      if (validate(value)) return []
    } catch (error) {
      if (error instanceof RangeError) return [{ path: '', message: ENDLESS }]
      throw error
    }
    return (validate.errors ?? []).slice(0, ERRORS_SHOWN_MAX).map((error) => ({
      path: pathOf(error.instancePath).join('.'),
      message: messageOf(error.message ?? 'is wrong', error.params),
    }))
  }
}

const messageOf = (message: string, params: Record<string, unknown>): string => {
  const extra = params['additionalProperty'] ?? params['unevaluatedProperty']
  if (typeof extra === 'string') return `${message}: ${extra.slice(0, 100)}`
  const allowed = params['allowedValues']
  return Array.isArray(allowed) ? `${message}: ${allowed.slice(0, 20).join(', ')}` : message
}

/** An instance of its own for each: schemas of different authors may bear the same `$id`. */
const compileSchema = (schema: object | boolean): ValidateFunction => createAjv().compile(schema)

const countValues = (value: unknown): number => {
  let count = 0
  const waiting: unknown[] = [value]
  for (const next of waiting) {
    count += 1
    if (count > VALUES_MAX) return count
    if (Array.isArray(next)) waiting.push(...next)
    else if (isObject(next)) waiting.push(...Object.values(next))
  }
  return count
}

/** A JSON Pointer (RFC 6901) as a path. */
const pathOf = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
