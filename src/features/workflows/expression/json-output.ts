import { ExpressionError } from './expression-error.ts'
import { OUTPUT_DEPTH_MAX } from './limits.ts'
import { spendOutput, type Meter } from './meter.ts'
import { Duration, isList, isMap, Optional, setField } from './values.ts'

/** The value as plain JSON of its own, bounded in size and depth. */
export const toJson = (meter: Meter, value: unknown, depth = 0): unknown => {
  if (depth > OUTPUT_DEPTH_MAX)
    throw new ExpressionError(`gives JSON nested deeper than ${OUTPUT_DEPTH_MAX} levels`, {
      isLimit: true,
    })
  if (typeof value === 'string') {
    spendOutput(meter, value.length + 2)
    return value
  }
  if (typeof value === 'number') {
    spendOutput(meter, 4)
    if (Number.isFinite(value)) return value
    throw new ExpressionError(`gives ${value}, which JSON cannot hold`)
  }
  if (isList(value)) {
    spendOutput(meter, value.length + 2)
    return value.map((element) => toJson(meter, element, depth + 1))
  }
  if (isMap(value)) {
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(value)) {
      spendOutput(meter, key.length + 4)
      setField(copy, key, toJson(meter, value[key], depth + 1))
    }
    return copy
  }
  spendOutput(meter, 5)
  if (value instanceof Optional) return value.isPresent ? toJson(meter, value.value, depth) : null
  return value === undefined ? null : textOfTime(value)
}

const textOfTime = (value: unknown): unknown => {
  if (value instanceof Date) return timestampText(value)
  return value instanceof Duration ? durationText(value) : value
}

/** RFC 3339. */
export const timestampText = (instant: Date): string =>
  instant.toISOString().replace(/\.000Z$/, 'Z')

/** As protocol buffers write it in JSON: `90s`, `1.5s`. */
export const durationText = (duration: Duration): string => `${duration.ms / 1_000}s`
