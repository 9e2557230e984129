import { RE2JS } from 're2js'
import { ExpressionError } from './expression-error.ts'
import { PATTERN_LENGTH_MAX } from './limits.ts'
import { createMeter, spend, type Meter } from './meter.ts'

/** Patterns are mostly literals of expressions that run again and again. */
const COMPILED_MAX = 500
const compiled = new Map<string, RE2JS>()

/** A step stands for so many characters of the text times instructions of the pattern. */
const WORK_PER_STEP = 4

/** True when the pattern (RE2 syntax) is found in the text, in time linear in both. */
export const matches = (meter: Meter, text: string, pattern: string): boolean => {
  const expression = compile(meter, pattern)
  spend(meter, Math.ceil((text.length * expression.programSize()) / WORK_PER_STEP))
  return expression.matcher(text).find()
}

/** @throws ExpressionError where it is no pattern */
export const checkPattern = (pattern: string): void => void compile(createMeter(), pattern)

const compile = (meter: Meter, pattern: string): RE2JS => {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new ExpressionError(`a pattern has ${PATTERN_LENGTH_MAX} characters at the most`)
  spend(meter, pattern.length * 10)
  try {
    const expression = RE2JS.compile(pattern)
    if (compiled.size >= COMPILED_MAX) compiled.clear()
    compiled.set(pattern, expression)
    return expression
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ExpressionError(`\`${pattern}\` is no pattern: ${reason}`)
  }
}
