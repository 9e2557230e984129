import { isObject } from '@cadre/contract/source'

/** Object types by name, and the types of their fields. */
export type ObjectTypes = Map<string, Record<string, string>>

const OBJECTS_MAX = 100
const DEPTH_MAX = 12
/** What may stand beside `type` without changing which values there are of it. */
const REFINEMENTS = new Set([
  '$anchor',
  '$comment',
  '$defs',
  '$id',
  '$schema',
  'additionalItems',
  'additionalProperties',
  'const',
  'contains',
  'default',
  'deprecated',
  'description',
  'enum',
  'examples',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'format',
  'items',
  'maxContains',
  'maximum',
  'maxItems',
  'maxLength',
  'maxProperties',
  'minContains',
  'minimum',
  'minItems',
  'minLength',
  'minProperties',
  'multipleOf',
  'pattern',
  'properties',
  'propertyNames',
  'readOnly',
  'required',
  'title',
  'type',
  'uniqueItems',
  'writeOnly',
])

/**
 * The type, in the expressions' language, of what a JSON Schema admits; `dyn` where the schema is
 * not plain. An object with properties is taken to have these only, unless it says otherwise: a
 * schema is where an author says which fields there are.
 */
export const typeOfSchema = (schema: unknown, objects: ObjectTypes, depth = 0): string => {
  if (!isObject(schema) || depth > DEPTH_MAX) return 'dyn'
  if (Object.keys(schema).some((key) => !REFINEMENTS.has(key))) return 'dyn'
  switch (schema['type']) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'integer':
      return 'int'
    case 'number':
      return 'double'
    case 'array':
      return `list<${typeOfSchema(schema['items'], objects, depth + 1)}>`
    case 'object':
      return typeOfObject(schema, objects, depth)
    default:
      return 'dyn'
  }
}

const typeOfObject = (
  schema: Readonly<Record<string, unknown>>,
  objects: ObjectTypes,
  depth: number,
): string => {
  const { properties, additionalProperties: more } = schema
  const isOpen = more !== undefined && more !== false
  if (!isObject(properties))
    return isOpen ? `map<string, ${typeOfSchema(more, objects, depth + 1)}>` : 'dyn'
  if (isOpen) return 'dyn'
  const fields: Record<string, string> = Object.create(null)
  for (const [name, field] of Object.entries(properties))
    fields[name] = typeOfSchema(field, objects, depth + 1)
  if (objects.size >= OBJECTS_MAX) return 'dyn'
  const name = `Object${objects.size}`
  objects.set(name, fields)
  return name
}
