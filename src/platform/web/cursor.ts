import { invalidField } from '../errors.ts'

const SHAPES = {
  uuid: /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i,
  time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/,
  number: /^\d{1,18}$/,
  text: /^[^\0]{0,200}$/,
}

/** A keyset cursor: opaque to callers, the sort values of the last row to us. */
export const encodeCursor = (values: readonly string[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url')

/** @throws AppError 422 for `cursor` when it is not one that a list of this shape gave */
export const decodeCursor = <const Shapes extends readonly (keyof typeof SHAPES)[]>(
  cursor: string | undefined,
  shapes: Shapes,
): { readonly [Place in keyof Shapes]: string } | null => {
  if (cursor === undefined) return null
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (
      Array.isArray(values) &&
      values.length === shapes.length &&
      shapes.every((shape, place) => matches(values[place], shape))
    )
      return values as unknown as { readonly [Place in keyof Shapes]: string }
  } catch {
    // Falls through to the one refusal below.
  }
  throw invalidField('cursor', 'is not a cursor of this list')
}

const matches = (value: unknown, shape: keyof typeof SHAPES): value is string =>
  typeof value === 'string' && SHAPES[shape].test(value) && value.isWellFormed()
