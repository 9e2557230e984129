import { encodeCursor } from './cursor.ts'

/**
 * A page of a list that goes by id.
 * @param found one more than `limit`, where there are more
 */
export const pageById = <Found, View extends { id: string }>(
  found: readonly Found[],
  limit: number,
  viewOf: (one: Found) => View,
): { items: View[]; next_cursor: string | null } => {
  const items = found.slice(0, limit).map(viewOf)
  const last = found.length > limit ? items.at(-1) : undefined
  return { items, next_cursor: last ? encodeCursor([last.id]) : null }
}
