import { ExpressionError } from './expression-error.ts'
import { OUTPUT_BYTES_MAX, STEPS_MAX, TEXT_LENGTH_MAX } from './limits.ts'

/** What one evaluation may still do. Counted, not timed: the same input always ends the same way. */
export interface Meter {
  stepsLeft: number
  bytesLeft: number
}

export const createMeter = (): Meter => ({ stepsLeft: STEPS_MAX, bytesLeft: OUTPUT_BYTES_MAX })

/** @throws ExpressionError that no operator of the language may swallow */
export const spend = (meter: Meter, steps: number): void => {
  meter.stepsLeft -= steps
  if (meter.stepsLeft < 0)
    throw new ExpressionError(
      `takes more than ${STEPS_MAX.toLocaleString('en')} steps; work on shorter lists, or leave the work to an agent`,
      { isLimit: true },
    )
}

export const spendOutput = (meter: Meter, bytes: number): void => {
  meter.bytesLeft -= bytes
  if (meter.bytesLeft < 0)
    throw new ExpressionError(
      `gives more than ${OUTPUT_BYTES_MAX.toLocaleString('en')} bytes of JSON`,
      { isLimit: true },
    )
}

const UNITS_PER_STEP = 32

/** Looks through a text once. */
export const spendOnText = (meter: Meter, text: string): void =>
  spend(meter, Math.ceil(text.length / UNITS_PER_STEP))

/** A text of this length is about to be made. */
export const allowText = (meter: Meter, length: number): void => {
  spend(meter, Math.ceil(length / UNITS_PER_STEP))
  if (length > TEXT_LENGTH_MAX)
    throw new ExpressionError(
      `makes a text longer than ${TEXT_LENGTH_MAX.toLocaleString('en')} characters`,
      { isLimit: true },
    )
}
