import type { ExpressionContext } from '../compiled-workflow.ts'
import { compileExpression, type CompiledExpression } from './compile-expression.ts'
import { ExpressionError } from './expression-error.ts'
import { toJson } from './json-output.ts'
import { allowText, createMeter, type Meter } from './meter.ts'
import { setField } from './values.ts'

/** JSON whose strings may hold expressions between `${` and `}`, ready to be filled in. */
export interface CompiledTemplate {
  evaluate(context: ExpressionContext): unknown
  /** Steps whose outcome it reads. */
  steps: readonly string[]
}

/** A string of a template: literal text, and expressions. */
export type TemplatePart =
  | { kind: 'text'; text: string }
  | { kind: 'expression'; text: string; offset: number }

/** @throws ExpressionError for the first expression that cannot be read */
export const compileTemplate = (template: unknown): CompiledTemplate => {
  const steps = new Set<string>()
  const fill = compile(template, steps)
  return {
    evaluate: (context) => (fill === null ? template : fill(context, createMeter())),
    steps: [...steps],
  }
}

type Fill = (context: ExpressionContext, meter: Meter) => unknown

/** Null where nothing is to be filled in. */
const compile = (template: unknown, steps: Set<string>): Fill | null => {
  if (typeof template === 'string') return compileText(template, steps)
  if (typeof template !== 'object' || template === null) return null
  if (Array.isArray(template)) {
    const elements = template.map((element) => compile(element, steps))
    if (elements.every((fill) => fill === null)) return null
    return (context, meter) =>
      elements.map((fill, index) => (fill === null ? template[index] : fill(context, meter)))
  }
  const entries = Object.entries(template).map(
    ([key, value]: [string, unknown]) => [key, value, compile(value, steps)] as const,
  )
  if (entries.every(([, , fill]) => fill === null)) return null
  return (context, meter) => {
    const filled: Record<string, unknown> = {}
    for (const [key, value, fill] of entries)
      setField(filled, key, fill === null ? value : fill(context, meter))
    return filled
  }
}

const compileText = (text: string, steps: Set<string>): Fill | null => {
  if (!text.includes('${')) return null
  const parts = splitTemplate(text).map((part) => {
    if (part.kind === 'text') return part.text
    const expression = compileExpression(part.text)
    for (const step of expression.steps.keys()) steps.add(step)
    return expression
  })
  const whole = wholeExpression(parts)
  if (whole !== null)
    return (context, meter) => within(whole, () => toJson(meter, whole.evaluate(context, meter)))
  return (context, meter) => {
    let filled = ''
    for (const part of parts) {
      const more = typeof part === 'string' ? part : textOf(part, context, meter)
      allowText(meter, filled.length + more.length)
      filled += more
    }
    return toJson(meter, filled)
  }
}

/** A text that is one expression and nothing else keeps the value's type. */
const wholeExpression = (
  parts: readonly (string | CompiledExpression)[],
): CompiledExpression | null => {
  const filled = parts.filter((part) => typeof part !== 'string' || part.trim() !== '')
  const [only] = filled
  return filled.length === 1 && only !== undefined && typeof only !== 'string' ? only : null
}

const textOf = (expression: CompiledExpression, context: ExpressionContext, meter: Meter): string =>
  within(expression, () => {
    const value = toJson(meter, expression.evaluate(context, meter))
    return typeof value === 'string' ? value : JSON.stringify(value)
  })

/** Names the expression in what goes wrong with its value. */
const within = <Result>(expression: CompiledExpression, work: () => Result): Result => {
  try {
    return work()
  } catch (error) {
    throw error instanceof ExpressionError ? error.in(expression.text) : error
  }
}

/**
 * The parts of a template's string. `$${` stands for the two characters `${`.
 * @throws ExpressionError where a brace is not closed
 */
export const splitTemplate = (text: string): TemplatePart[] => {
  const parts: TemplatePart[] = []
  let literal = ''
  let place = 0
  while (place < text.length) {
    const next = text.indexOf('${', place)
    if (next === -1) break
    if (text[next - 1] === '$' && next > place) {
      literal += `${text.slice(place, next - 1)}\${`
      place = next + 2
      continue
    }
    literal += text.slice(place, next)
    const end = endOfExpression(text, next + 2)
    if (end === -1)
      throw new ExpressionError('`${` is not closed by `}`', { expression: text, offset: next })
    if (literal !== '') parts.push({ kind: 'text', text: literal })
    literal = ''
    parts.push({ kind: 'expression', ...trimmed(text, next + 2, end) })
    place = end + 1
  }
  literal += text.slice(place)
  if (literal !== '') parts.push({ kind: 'text', text: literal })
  return parts
}

const trimmed = (text: string, start: number, end: number): { text: string; offset: number } => {
  const inner = text.slice(start, end)
  return { text: inner.trim(), offset: start + (inner.length - inner.trimStart().length) }
}

/** Place of the brace that closes the expression, past those in maps and in quotes; or -1. */
const endOfExpression = (text: string, start: number): number => {
  let depth = 0
  for (let place = start; place < text.length; place += 1) {
    const sign = text[place]
    if (sign === '"' || sign === "'") {
      place = endOfQuote(text, place)
      if (place === -1) return -1
    } else if (sign === '{') depth += 1
    else if (sign === '}') {
      if (depth === 0) return place
      depth -= 1
    }
  }
  return -1
}

/** Place of a quotation's last sign, or -1. */
const endOfQuote = (text: string, start: number): number => {
  const sign = text[start] ?? ''
  const isTriple = text.startsWith(sign.repeat(3), start)
  const closing = isTriple ? sign.repeat(3) : sign
  for (let place = start + closing.length; place < text.length; place += 1) {
    if (text[place] === '\\') place += 1
    else if (text.startsWith(closing, place)) return place + closing.length - 1
  }
  return -1
}
