import { ExpressionError } from './expression-error.ts'
import { TEXT_LENGTH_MAX } from './limits.ts'
import { allowText, spend, spendOnText, type Meter } from './meter.ts'
import { matches } from './patterns.ts'
import { kindOf, withArticle } from './values.ts'

type Method = readonly [
  name: string,
  argumentsMin: number,
  argumentsMax: number,
  call: (meter: Meter, args: readonly unknown[]) => unknown,
]

const text = (name: string, value: unknown): string => {
  if (typeof value === 'string') return value
  throw new ExpressionError(`${name}() does not take ${withArticle(kindOf(value))}`)
}

const place = (name: string, value: unknown, lengthMax: number): number => {
  if (typeof value !== 'number')
    throw new ExpressionError(`${name}() does not take ${withArticle(kindOf(value))}`)
  if (Number.isInteger(value) && value >= 0 && value <= lengthMax) return value
  throw new ExpressionError(`${name}(): ${value} is outside of the text of ${lengthMax} characters`)
}

/** A method of a text that takes another one, and looks through the first. */
const ofTwo =
  <Result>(name: string, work: (receiver: string, other: string) => Result) =>
  (meter: Meter, [receiver, other]: readonly unknown[]): Result => {
    const whole = text(name, receiver)
    const part = text(name, other)
    spendOnText(meter, whole)
    return work(whole, part)
  }

const ofOne =
  (name: string, work: (receiver: string) => string) =>
  (meter: Meter, [receiver]: readonly unknown[]): string => {
    const whole = text(name, receiver)
    spendOnText(meter, whole)
    return work(whole)
  }

const substring = (meter: Meter, [receiver, start, end]: readonly unknown[]): string => {
  const whole = text('substring', receiver)
  spendOnText(meter, whole)
  const from = place('substring', start, whole.length)
  const until = end === undefined ? whole.length : place('substring', end, whole.length)
  if (until < from) throw new ExpressionError(`substring(): ${until} comes before ${from}`)
  return whole.slice(from, until)
}

const indexIn =
  (name: 'indexOf' | 'lastIndexOf') =>
  (meter: Meter, [receiver, part, start]: readonly unknown[]): number => {
    const whole = text(name, receiver)
    spendOnText(meter, whole)
    const wanted = text(name, part)
    return start === undefined
      ? whole[name](wanted)
      : whole[name](wanted, place(name, start, whole.length))
  }

const split = (meter: Meter, [receiver, separator, limit]: readonly unknown[]): string[] => {
  const whole = text('split', receiver)
  spend(meter, whole.length)
  const parts = whole.split(text('split', separator))
  if (limit === undefined || (typeof limit === 'number' && limit < 0)) return parts
  const kept = place('split', limit, Number.MAX_SAFE_INTEGER)
  if (kept === 0 || parts.length <= kept) return kept === 0 ? [] : parts
  return [...parts.slice(0, kept - 1), parts.slice(kept - 1).join(text('split', separator))]
}

const replace = (meter: Meter, [receiver, part, other]: readonly unknown[]): string => {
  const whole = text('replace', receiver)
  const wanted = text('replace', part)
  const substitute = text('replace', other)
  spend(meter, whole.length)
  const found = wanted === '' ? whole.length + 1 : whole.split(wanted).length - 1
  allowText(
    meter,
    Math.min(TEXT_LENGTH_MAX + 1, whole.length + found * (substitute.length - wanted.length)),
  )
  return whole.replaceAll(wanted, () => substitute)
}

export const textMethods: readonly Method[] = [
  ['startsWith', 1, 1, ofTwo('startsWith', (whole, part) => whole.startsWith(part))],
  ['endsWith', 1, 1, ofTwo('endsWith', (whole, part) => whole.endsWith(part))],
  ['contains', 1, 1, ofTwo('contains', (whole, part) => whole.includes(part))],
  [
    'matches',
    1,
    1,
    (meter, [whole, pattern]) => matches(meter, text('matches', whole), text('matches', pattern)),
  ],
  [
    'lowerAscii',
    0,
    0,
    ofOne('lowerAscii', (whole) => whole.replaceAll(/[A-Z]+/g, (part) => part.toLowerCase())),
  ],
  [
    'upperAscii',
    0,
    0,
    ofOne('upperAscii', (whole) => whole.replaceAll(/[a-z]+/g, (part) => part.toUpperCase())),
  ],
  ['trim', 0, 0, ofOne('trim', (whole) => whole.trim())],
  ['indexOf', 1, 2, indexIn('indexOf')],
  ['lastIndexOf', 1, 2, indexIn('lastIndexOf')],
  ['substring', 1, 2, substring],
  ['split', 1, 2, split],
  ['replace', 2, 2, replace],
]
