import { ExpressionError } from './expression-error.ts'
import { allowText, spend, type Meter } from './meter.ts'
import { isList, kindOf, withArticle } from './values.ts'

type Method = readonly [
  name: string,
  argumentsMin: number,
  argumentsMax: number,
  call: (meter: Meter, args: readonly unknown[]) => unknown,
]

const list = (meter: Meter, name: string, value: unknown): readonly unknown[] => {
  if (!isList(value))
    throw new ExpressionError(`${name}() does not take ${withArticle(kindOf(value))}`)
  spend(meter, value.length)
  return value
}

const numbers = (meter: Meter, name: string, value: unknown): readonly number[] =>
  list(meter, name, value).map((element) => {
    if (typeof element === 'number') return element
    throw new ExpressionError(
      `${name}() takes a list of numbers, and ${withArticle(kindOf(element))} is in it`,
    )
  })

const join = (meter: Meter, [receiver, given]: readonly unknown[]): string => {
  const elements = list(meter, 'join', receiver).map((element) => {
    if (typeof element === 'string') return element
    throw new ExpressionError(
      `join() takes a list of texts, and ${withArticle(kindOf(element))} is in it; map it with string()`,
    )
  })
  const separator = given === undefined ? '' : given
  if (typeof separator !== 'string')
    throw new ExpressionError(`join() does not take ${withArticle(kindOf(separator))}`)
  const length = elements.reduce((sum, element) => sum + element.length + separator.length, 0)
  allowText(meter, length)
  return elements.join(separator)
}

const flatten = (meter: Meter, [receiver]: readonly unknown[]): unknown[] =>
  list(meter, 'flatten', receiver).flatMap((element) => {
    if (!isList(element)) return [element]
    spend(meter, element.length)
    return element
  })

const extreme =
  (name: 'min' | 'max', isBefore: (left: number, right: number) => boolean) =>
  (meter: Meter, [receiver]: readonly unknown[]): number => {
    const [first, ...rest] = numbers(meter, name, receiver)
    if (first === undefined) throw new ExpressionError(`${name}() of an empty list`)
    return rest.reduce((best, number) => (isBefore(number, best) ? number : best), first)
  }

export const listMethods: readonly Method[] = [
  ['join', 0, 1, join],
  ['flatten', 0, 0, flatten],
  [
    'sum',
    0,
    0,
    (meter, [receiver]) => numbers(meter, 'sum', receiver).reduce((sum, number) => sum + number, 0),
  ],
  ['min', 0, 0, extreme('min', (left, right) => left < right)],
  ['max', 0, 0, extreme('max', (left, right) => left > right)],
]
