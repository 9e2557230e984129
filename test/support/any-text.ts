import fc from 'fast-check'

/** Any code point, the halves of surrogate pairs left out. */
const codePoint = fc.nat(0x10_ffff - 0x800).map(
  (place) => String.fromCodePoint(place < 0xd800 ? place : place + 0x800),
  (text) => {
    const point = typeof text === 'string' ? text.codePointAt(0) : undefined
    if (point === undefined || String.fromCodePoint(point) !== text) throw new Error('Not one.')
    return point < 0xd800 ? point : point - 0x800
  },
)

/**
 * What `fc.string({ unit: 'binary' })` makes, without its table of a million code points, which
 * takes a second or three of each process.
 */
export const anyText = (bounds: { minLength?: number; maxLength?: number } = {}) =>
  fc.string({ unit: codePoint, ...bounds })
