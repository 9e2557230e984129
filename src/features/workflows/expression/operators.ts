import { ExpressionError } from './expression-error.ts'
import { allowText, spend, type Meter } from './meter.ts'
import { timestampOf } from './times.ts'
import { Duration, isEqual, isList, isMap, keyText, kindOf } from './values.ts'

export type Operator = (meter: Meter, left: unknown, right: unknown) => unknown

const noOverload = (operator: string, left: unknown, right: unknown) => {
  const kinds = [kindOf(left), kindOf(right)]
  const hint =
    operator === '+' && kinds.includes('string') && kinds.includes('number')
      ? '; make the number a text with string()'
      : ''
  return new ExpressionError(`${kinds[0]} ${operator} ${kinds[1]} is not possible${hint}`)
}

const arithmetic =
  (operator: string, work: (left: number, right: number) => number): Operator =>
  (_, left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return work(left, right)
    throw noOverload(operator, left, right)
  }

const add: Operator = (meter, left, right) => {
  if (typeof left === 'number' && typeof right === 'number') return left + right
  if (typeof left === 'string' && typeof right === 'string') {
    allowText(meter, left.length + right.length)
    return left + right
  }
  if (isList(left) && isList(right)) {
    spend(meter, left.length + right.length)
    return [...left, ...right]
  }
  if (left instanceof Duration && right instanceof Duration) return new Duration(left.ms + right.ms)
  if (left instanceof Date && right instanceof Duration)
    return timestampOf(left.getTime() + right.ms)
  if (left instanceof Duration && right instanceof Date)
    return timestampOf(left.ms + right.getTime())
  throw noOverload('+', left, right)
}

const subtract: Operator = (_, left, right) => {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (left instanceof Date && right instanceof Date)
    return new Duration(left.getTime() - right.getTime())
  if (left instanceof Date && right instanceof Duration)
    return timestampOf(left.getTime() - right.ms)
  if (left instanceof Duration && right instanceof Duration) return new Duration(left.ms - right.ms)
  throw noOverload('-', left, right)
}

const byZero = (name: string): never => {
  throw new ExpressionError(`${name} by zero`)
}

/** Negative, zero or positive, as `left` comes before, with or behind `right`. */
const order = (meter: Meter, operator: string, left: unknown, right: unknown): number => {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') {
    spend(meter, Math.ceil(Math.min(left.length, right.length) / 32))
    return left < right ? -1 : left > right ? 1 : 0
  }
  if (typeof left === 'boolean' && typeof right === 'boolean') return Number(left) - Number(right)
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime()
  if (left instanceof Duration && right instanceof Duration) return left.ms - right.ms
  throw noOverload(operator, left, right)
}

const comparison =
  (operator: string, isTrue: (order: number) => boolean): Operator =>
  (meter, left, right) =>
    isTrue(order(meter, operator, left, right))

const isIn: Operator = (meter, value, container) => {
  if (isList(container)) return container.some((element) => isEqual(meter, value, element))
  if (isMap(container)) return Object.hasOwn(container, keyText(value))
  throw noOverload('in', value, container)
}

/** The binary operators but `&&` and `||`. Numbers are JSON's: `7 / 2` is 3.5. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['+', add],
  ['-', subtract],
  ['*', arithmetic('*', (left, right) => left * right)],
  ['/', arithmetic('/', (left, right) => (right === 0 ? byZero('division') : left / right))],
  ['%', arithmetic('%', (left, right) => (right === 0 ? byZero('modulo') : left % right))],
  ['==', isEqual],
  ['!=', (meter: Meter, left: unknown, right: unknown) => !isEqual(meter, left, right)],
  ['<', comparison('<', (ordered) => ordered < 0)],
  ['<=', comparison('<=', (ordered) => ordered <= 0)],
  ['>', comparison('>', (ordered) => ordered > 0)],
  ['>=', comparison('>=', (ordered) => ordered >= 0)],
  ['in', isIn],
])
