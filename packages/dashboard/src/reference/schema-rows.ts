import { nameOfRef, resolveSchema, type OpenApi, type Schema } from './openapi.ts'

/** One line of a schema table. */
export interface SchemaRow {
  /** Where it stands, such as `timeouts.execution_seconds`; unique within a table. */
  path: string
  name: string
  depth: number
  type: string
  isRequired: boolean
  description: string
  limits: string
}

const DEPTH_MAX = 4
const ROWS_MAX = 300

/** The fields of a schema, nested ones below their parent. Recursive schemas end by depth. */
export const schemaRows = (document: OpenApi, schema: Schema): SchemaRow[] => {
  const rows: SchemaRow[] = []
  const visit = (current: Schema, parent: string, depth: number) => {
    const object = objectWithin(document, current)
    if (object === null || depth > DEPTH_MAX) return
    for (const [name, field] of Object.entries(object.properties ?? {})) {
      if (rows.length >= ROWS_MAX) return
      const path = parent === '' ? name : `${parent}.${name}`
      const isRequired = object.required?.includes(name) ?? false
      rows.push({ path, name, depth, isRequired, ...describe(document, field) })
      visit(field, path, depth + 1)
    }
  }
  visit(schema, '', 0)
  return rows
}

const describe = (document: OpenApi, field: Schema) => {
  const resolved = resolveSchema(document, field) ?? {}
  return {
    type: typeName(document, field),
    description: field.description ?? resolved.description ?? '',
    limits: limitsOf(resolved),
  }
}

/** The object whose properties are worth listing: itself, its items, or its one variant. */
const objectWithin = (document: OpenApi, schema: Schema): Schema | null => {
  const resolved = resolveSchema(document, schema)
  if (resolved === null) return null
  if (resolved.properties !== undefined) return resolved
  if (resolved.items !== undefined) return objectWithin(document, resolved.items)
  if (resolved.allOf !== undefined) return mergeAll(document, resolved.allOf)
  const variants = (resolved.anyOf ?? resolved.oneOf ?? [])
    .map((variant) => objectWithin(document, variant))
    .filter((variant) => variant !== null)
  return variants.length === 1 ? (variants[0] ?? null) : null
}

const mergeAll = (document: OpenApi, parts: readonly Schema[]): Schema => {
  const objects = parts.map((part) => objectWithin(document, part) ?? {})
  return {
    properties: Object.assign({}, ...objects.map((part) => part.properties ?? {})) as Record<
      string,
      Schema
    >,
    required: objects.flatMap((part) => part.required ?? []),
  }
}

/** `string`, `Task[]`, `"urgent" | "high"`, `number | null`. */
export const typeName = (document: OpenApi, schema: Schema): string => {
  if (schema.$ref !== undefined) return refName(document, schema.$ref)
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const variants = schema.anyOf ?? schema.oneOf
  if (variants !== undefined)
    return [...new Set(variants.map((variant) => typeName(document, variant)))].join(' | ')
  if (schema.items !== undefined) return arrayName(typeName(document, schema.items))
  if (Array.isArray(schema.type)) return schema.type.join(' | ')
  return schema.type ?? (schema.properties === undefined ? 'any JSON' : 'object')
}

const arrayName = (item: string) => (item.includes(' ') ? `(${item})[]` : `${item}[]`)

/** Short enumerations are more useful than their names. */
const refName = (document: OpenApi, ref: string): string => {
  const target = resolveSchema(document, { $ref: ref })
  return target?.enum !== undefined ? typeName(document, target) : nameOfRef(ref)
}

const limitsOf = (schema: Schema): string => {
  const parts = [
    schema.format,
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' items'),
    schema.default !== undefined && `default ${JSON.stringify(schema.default)}`,
  ]
  return parts.filter(Boolean).join(', ')
}

const isBound = (value: number | undefined): value is number =>
  value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER

const range = (min: number | undefined, max: number | undefined, unit: string): string => {
  if (isBound(min) && isBound(max)) return `${min} to ${max}${unit}`
  if (isBound(max)) return `at most ${max}${unit}`
  return isBound(min) && min > 0 ? `at least ${min}${unit}` : ''
}
