import { invalidField } from '../errors.ts'

const SHAPES = {
  uuid: /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/,
  text: /^[^\0]{0,200}$/,
}

/** A keyset cursor: opaque to callers, the sort values of the last row to us. */
export const encodeCursor = (values: readonly [string, string]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url')

/** @throws AppError 422 for `cursor` when it is not one that a list of this shape gave */
export const decodeCursor = (
  cursor: string | undefined,
  shapes: readonly [keyof typeof SHAPES, keyof typeof SHAPES],
): readonly [string, string] | null => {
  if (cursor === undefined) return null
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (Array.isArray(values) && values.length === 2) {
      const [first, second] = values as [unknown, unknown]
      if (matches(first, shapes[0]) && matches(second, shapes[1])) return [first, second]
    }
  } catch {
    // Falls through to the one refusal below.
  }
  throw invalidField('cursor', 'is not a cursor of this list')
}

const matches = (value: unknown, shape: keyof typeof SHAPES): value is string =>
  typeof value === 'string' && SHAPES[shape].test(value) && value.isWellFormed()
