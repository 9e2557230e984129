import type { WorkflowDocument } from '@cadre/contract'

type JsonObject = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The JSON Schema that a trigger's context must fit; null: anything does. */
export const triggerSchemaOf = ({ trigger }: WorkflowDocument): JsonObject | null =>
  isObject(trigger?.schema) ? trigger.schema : null

const DEPTH_MAX = 4

/** A context to start from: the required properties, with their defaults or empty values. */
export const contextTemplate = (schema: JsonObject | null): string => {
  const value = contextExample(schema)
  return value === undefined ? '' : JSON.stringify(value, null, 2)
}

/** The same as a value; nothing where anything fits. */
export const contextExample = (schema: JsonObject | null): unknown =>
  schema === null ? undefined : exampleOf(schema, 0)

const EMPTY: Readonly<Record<string, unknown>> = {
  string: '',
  number: 0,
  integer: 0,
  boolean: false,
  null: null,
}

const exampleOf = (schema: JsonObject, depth: number): unknown => {
  if ('const' in schema) return schema['const']
  if ('default' in schema) return schema['default']
  const [first] = ['examples', 'enum'].flatMap((key) =>
    Array.isArray(schema[key]) ? (schema[key] as readonly unknown[]) : [],
  )
  if (first !== undefined) return first
  const type = Array.isArray(schema['type']) ? (schema['type'][0] as unknown) : schema['type']
  if (type === 'array') return []
  if (type === 'object' || isObject(schema['properties'])) return objectExample(schema, depth)
  return typeof type === 'string' && Object.hasOwn(EMPTY, type) ? EMPTY[type] : undefined
}

const objectExample = (schema: JsonObject, depth: number): unknown => {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const entries = required.flatMap((name): [string, unknown][] => {
    if (typeof name !== 'string' || depth >= DEPTH_MAX) return []
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined
    return [[name, isObject(property) ? (exampleOf(property, depth + 1) ?? null) : null]]
  })
  return Object.fromEntries(entries)
}
