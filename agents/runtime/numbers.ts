import { isDigit, Text } from './text'

const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
/** Integers up to 2^53 and powers of ten up to 10^22 are exact, so one operation rounds right. */
const EXACT_DIGITS_MAX = 15
const EXACT_POWER_MAX = 22

/**
 * The length of the decimal number at `from`: an optional sign, digits with an optional point,
 * an optional exponent. 0 when none begins there.
 */
export function numberLength(text: Text, from: i32): i32 {
  let index = from
  if (text.at(index) === MINUS || text.at(index) === PLUS) index++
  const whole = digitsLength(text, index)
  index += whole
  let fraction = 0
  if (text.at(index) === POINT) {
    fraction = digitsLength(text, index + 1)
    if (fraction > 0) index += fraction + 1
  }
  if (whole + fraction === 0) return 0
  return index + exponentLength(text, index) - from
}

/** The value of a decimal number that fills the whole text; NaN when it is something else. */
export function parseNumber(text: Text): f64 {
  if (text.length === 0 || numberLength(text, 0) !== text.length) return NaN
  let mantissa: u64 = 0
  let digits = 0
  let power = 0
  let isBehindPoint = false
  let index = text.at(0) === MINUS || text.at(0) === PLUS ? 1 : 0
  for (; index < text.length; index++) {
    const byte = text.at(index)
    if (byte === POINT) {
      isBehindPoint = true
      continue
    }
    if (!isDigit(byte)) break
    if (digits > 0 || byte !== 0x30) digits++
    if (digits > EXACT_DIGITS_MAX) return parseLong(text)
    mantissa = mantissa * 10 + (byte - 0x30)
    if (isBehindPoint) power--
  }
  if (index < text.length) power += parseExponent(text, index + 1)
  if (abs(power) > EXACT_POWER_MAX) return parseLong(text)
  let scale: f64 = 1
  for (let step = abs(power); step > 0; step--) scale *= 10
  const value = power < 0 ? <f64>mantissa / scale : <f64>mantissa * scale
  return text.at(0) === MINUS ? -value : value
}

/** The standard library reads strings only; one string serves for all numbers of usual length. */
function parseLong(text: Text): f64 {
  if (text.length > SCRATCH_LENGTH) return f64.parse(text.toString())
  const units = changetype<usize>(scratch)
  for (let index = 0; index < SCRATCH_LENGTH; index++) {
    const byte = text.at(index)
    store<u16>(units + ((<usize>index) << 1), <u16>(byte < 0 ? SPACE : byte))
  }
  return f64.parse(scratch)
}

const SPACE = 0x20
const SCRATCH_LENGTH = 48
const scratch = ' '.repeat(SCRATCH_LENGTH)

function parseExponent(text: Text, from: i32): i32 {
  const isNegative = text.at(from) === MINUS
  let exponent = 0
  for (let index = from + (isDigit(text.at(from)) ? 0 : 1); index < text.length; index++) {
    exponent = min(exponent * 10 + text.at(index) - 0x30, 9_999)
  }
  return isNegative ? -exponent : exponent
}

function digitsLength(text: Text, from: i32): i32 {
  let index = from
  while (isDigit(text.at(index))) index++
  return index - from
}

function exponentLength(text: Text, from: i32): i32 {
  if ((text.at(from) | 0x20) !== 0x65) return 0
  const sign = text.at(from + 1) === MINUS || text.at(from + 1) === PLUS ? 1 : 0
  const digits = digitsLength(text, from + 1 + sign)
  return digits === 0 ? 0 : 1 + sign + digits
}
