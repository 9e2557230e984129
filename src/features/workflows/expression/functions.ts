import { ExpressionError } from './expression-error.ts'
import { durationText, timestampText } from './json-output.ts'
import { allowText, spend, spendOnText, type Meter } from './meter.ts'
import { listMethods } from './list-methods.ts'
import { textMethods } from './text-methods.ts'
import {
  DURATION_UNITS,
  inZone,
  parseDuration,
  parseTimestamp,
  timestampOf,
  TIMESTAMP_PARTS,
} from './times.ts'
import { Duration, isList, isMap, kindOf, Optional, withArticle } from './values.ts'

export type Call = (meter: Meter, args: readonly unknown[]) => unknown

interface Callable {
  argumentsMin: number
  argumentsMax: number
  call: Call
}

const taking = (argumentsMin: number, argumentsMax: number, call: Call): Callable => ({
  argumentsMin,
  argumentsMax,
  call,
})

/** Functions such as `size(list)`. */
export const FUNCTIONS: ReadonlyMap<string, Callable> = new Map([
  ['size', taking(1, 1, (meter, [value]) => sizeOf(meter, value))],
  ['int', taking(1, 1, (_, [value]) => wholeNumber(value))],
  ['double', taking(1, 1, (_, [value]) => numberOf(value))],
  ['string', taking(1, 1, (meter, [value]) => textOf(meter, value))],
  ['bool', taking(1, 1, (_, [value]) => truthOf(value))],
  ['dyn', taking(1, 1, (_, [value]) => value)],
  ['timestamp', taking(1, 1, (_, [value]) => instantOf(value))],
  ['duration', taking(1, 1, (_, [value]) => spanOf(value))],
])

/** Methods such as `text.contains("x")`; the receiver is the first argument and not counted. */
export const METHODS: ReadonlyMap<string, Callable> = new Map([
  ['size', taking(0, 0, (meter, [value]) => sizeOf(meter, value))],
  ...[...textMethods, ...listMethods].map(
    ([name, min, max, call]) => [name, taking(min, max, call)] as const,
  ),
  ...[...TIMESTAMP_PARTS.keys()].map((name) => [name, taking(0, 1, timePart(name))] as const),
  ['hasValue', taking(0, 0, (_, [value]) => optional(value, 'hasValue').isPresent)],
  ['value', taking(0, 0, (_, [value]) => present(optional(value, 'value')))],
  ['or', taking(1, 1, (_, [value, other]) => firstPresent(optional(value, 'or'), other))],
  ['orValue', taking(1, 1, (_, [value, other]) => valueOr(optional(value, 'orValue'), other))],
])

/** Functions of the namespace `optional`. */
export const OPTIONAL_FUNCTIONS: ReadonlyMap<string, Callable> = new Map([
  ['none', taking(0, 0, () => Optional.none)],
  ['of', taking(1, 1, (_, [value]) => Optional.of(value))],
])

const refuse = (name: string, value: unknown): ExpressionError =>
  new ExpressionError(`${name}() does not take ${withArticle(kindOf(value))}`)

const sizeOf = (meter: Meter, value: unknown): number => {
  if (typeof value === 'string') {
    spendOnText(meter, value)
    let count = 0
    for (const _ of value) count += 1
    return count
  }
  if (isList(value)) return value.length
  if (!isMap(value)) throw refuse('size', value)
  const keys = Object.keys(value)
  spend(meter, keys.length)
  return keys.length
}

const NUMBER_LENGTH_MAX = 100

const wholeNumber = (value: unknown): number => {
  const number =
    typeof value === 'number'
      ? Math.trunc(value)
      : typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value)
        ? Number(value)
        : value instanceof Date
          ? Math.floor(value.getTime() / 1_000)
          : null
  if (number === null && typeof value !== 'string') throw refuse('int', value)
  if (number !== null && Number.isSafeInteger(number)) return number
  throw new ExpressionError(`int(): \`${String(value).slice(0, 40)}\` is no whole number`)
}

const numberOf = (value: unknown): number => {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') throw refuse('double', value)
  const isNumber =
    value.length <= NUMBER_LENGTH_MAX && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)
  if (isNumber) return Number(value)
  throw new ExpressionError(`double(): \`${value.slice(0, 40)}\` is no number`)
}

const textOf = (meter: Meter, value: unknown): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return timestampText(value)
  if (value instanceof Duration) return durationText(value)
  allowText(meter, 0)
  throw refuse('string', value)
}

const TRUTHS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

const truthOf = (value: unknown): boolean => {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') throw refuse('bool', value)
  const truth = TRUTHS.get(value.toLowerCase())
  if (truth !== undefined) return truth
  throw new ExpressionError(`bool(): \`${value.slice(0, 40)}\` is neither true nor false`)
}

const instantOf = (value: unknown): Date => {
  if (value instanceof Date) return value
  if (typeof value === 'string') return parseTimestamp(value)
  if (typeof value === 'number') return timestampOf(value * 1_000)
  throw refuse('timestamp', value)
}

const spanOf = (value: unknown): Duration => {
  if (value instanceof Duration) return value
  if (typeof value === 'string') return parseDuration(value)
  if (typeof value === 'number' && Number.isFinite(value)) return new Duration(value * 1_000)
  throw refuse('duration', value)
}

/** Formatting in a zone takes microseconds. */
const ZONE_STEPS = 200

function timePart(name: string): Call {
  const part = TIMESTAMP_PARTS.get(name)
  const unitMs = DURATION_UNITS.get(name)
  return (meter, [value, zone]) => {
    if (value instanceof Duration && unitMs !== undefined && zone === undefined)
      return Math.trunc(value.ms / unitMs)
    if (!(value instanceof Date) || part === undefined) throw refuse(name, value)
    if (zone === undefined) return part(value)
    if (typeof zone !== 'string') throw refuse(name, zone)
    spend(meter, ZONE_STEPS)
    return part(inZone(value, zone))
  }
}

const optional = (value: unknown, name: string): Optional => {
  if (value instanceof Optional) return value
  throw refuse(name, value)
}

const present = (value: Optional): unknown => {
  if (value.isPresent) return value.value
  throw new ExpressionError('value() of an optional that has none')
}

const firstPresent = (value: Optional, other: unknown): Optional =>
  value.isPresent ? value : optional(other, 'or')

const valueOr = (value: Optional, other: unknown): unknown =>
  value.isPresent ? value.value : other
