/** Where in a document: keys of objects and places in lists. */
export type Path = readonly (string | number)[]

/** Of a document; more help nobody. */
export const PROBLEMS_MAX = 100

/** Something to say about a document, before its line is looked up. */
export interface Finding {
  message: string
  path: Path
  /** Points to the key rather than to what stands behind it. */
  at?: 'key'
  /** Within the text at `path`, in UTF-16 units. */
  offset?: number
}

const PATH_SHOWN_MAX = 200

/** As in `steps.reserve.needs[0]`. */
export const pathText = (path: Path): string => {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '')
  return text.length > PATH_SHOWN_MAX ? `${text.slice(0, PATH_SHOWN_MAX)}…` : text
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands at a path; undefined where nothing does. */
export const valueAt = (value: unknown, path: Path): unknown => {
  let found = value
  for (const part of path) {
    if (Array.isArray(found) && typeof part === 'number') found = found[part]
    else if (isObject(found) && Object.hasOwn(found, part)) found = found[part]
    else return undefined
  }
  return found
}

/** Words for what stands there, as authors of YAML know it. */
export const nounOf = (value: unknown): string => {
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return 'a number'
  return typeof value === 'boolean' ? 'true or false' : 'an object'
}
