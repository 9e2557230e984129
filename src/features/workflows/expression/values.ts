import { ExpressionError } from './expression-error.ts'
import { spend, type Meter } from './meter.ts'

/** A span of time. */
export class Duration {
  readonly ms: number
  constructor(ms: number) {
    this.ms = ms
  }
}

/** What `.?` gives: a value, or none. */
export class Optional {
  readonly value: unknown
  readonly isPresent: boolean
  private constructor(isPresent: boolean, value: unknown) {
    this.isPresent = isPresent
    this.value = value
  }
  static readonly none = new Optional(false, null)
  static of(value: unknown): Optional {
    return new Optional(true, value)
  }
}

export type JsonObject = Readonly<Record<string, unknown>>

export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** A JSON object: own keys only are ever read, so nothing of a prototype can be. */
export const isMap = (value: unknown): value is JsonObject =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !(value instanceof Duration) &&
  !(value instanceof Optional)

/** The language's word for what a value is. */
export const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return 'null'
  if (isList(value)) return 'list'
  if (value instanceof Date) return 'timestamp'
  if (value instanceof Duration) return 'duration'
  if (value instanceof Optional) return 'optional'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'object' ? 'map' : typeof value
}

/** `list[0]`, `map.key`, `map["key"]`: the value, or undefined where there is none. */
export const lookUp = (container: unknown, key: unknown): unknown => {
  if (isList(container)) {
    if (typeof key !== 'number')
      throw new ExpressionError(`a list has no field ${quoted(key)}; index it with a number`)
    return Number.isInteger(key) ? container[key] : undefined
  }
  if (isMap(container)) {
    const name = keyText(key)
    return Object.hasOwn(container, name) ? container[name] : undefined
  }
  throw new ExpressionError(`${withArticle(kindOf(container))} has no field ${quoted(key)}`)
}

export const missing = (container: unknown, key: unknown): ExpressionError =>
  isList(container)
    ? new ExpressionError(`index ${String(key)} is outside of the list of ${container.length}`)
    : new ExpressionError(`there is no field ${quoted(key)}`)

/** Keys of JSON objects are text. */
export const keyText = (key: unknown): string => {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'boolean') return String(key)
  throw new ExpressionError(`${withArticle(kindOf(key))} cannot be a key`)
}

/** Deep equality; values of different kinds are different. Spends a step on each value compared. */
export const isEqual = (meter: Meter, left: unknown, right: unknown): boolean => {
  spend(meter, 1)
  if (left === right) return true
  if (isList(left))
    return (
      isList(right) &&
      left.length === right.length &&
      left.every((value, index) => isEqual(meter, value, right[index]))
    )
  if (left instanceof Date) return right instanceof Date && left.getTime() === right.getTime()
  if (left instanceof Duration) return right instanceof Duration && left.ms === right.ms
  if (left instanceof Optional)
    return (
      right instanceof Optional &&
      left.isPresent === right.isPresent &&
      isEqual(meter, left.value, right.value)
    )
  if (!isMap(left) || !isMap(right)) return false
  const keys = Object.keys(left)
  spend(meter, keys.length)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isEqual(meter, left[key], right[key]))
  )
}

export const withArticle = (kind: string): string =>
  kind === 'null' ? 'null' : `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`

const quoted = (key: unknown): string => `\`${String(key).slice(0, 100)}\``

/** Sets an own field even where its name means something to JavaScript, such as `__proto__`. */
export const setField = (target: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === '__proto__')
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  else target[key] = value
}
