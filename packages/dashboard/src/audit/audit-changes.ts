import type { Json } from '@cadre/contract'

/** One field that a record changed; undefined where there was none. */
export interface AuditChange {
  field: string
  before: string | undefined
  after: string | undefined
}

type JsonObject = { [key: string]: Json }
const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * What is otherwise after than before, field by field. Null stands for nothing: what was created
 * has no before, what was deleted no after.
 */
export const changesOf = (before: Json, after: Json): AuditChange[] => {
  if (before === null && after === null) return []
  const isByField = (before === null || isObject(before)) && (after === null || isObject(after))
  if (!isByField) return [{ field: 'value', before: textOf(before), after: textOf(after) }]
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])
  return [...names]
    .map((field) => ({
      field,
      before: textOf(ownOf(before, field)),
      after: textOf(ownOf(after, field)),
    }))
    .filter((change) => change.before !== change.after)
}

const ownOf = (object: JsonObject | null, field: string): Json | undefined =>
  object !== null && Object.hasOwn(object, field) ? object[field] : undefined

const textOf = (value: Json | undefined): string | undefined =>
  value === undefined || value === null
    ? undefined
    : typeof value === 'string'
      ? value
      : JSON.stringify(value, null, 1)
