import { resolveSchema, type OpenApi, type Operation, type Schema } from './openapi.ts'

const DEPTH_MAX = 4

/** A command that does the operation, ready for a terminal once the key is in the environment. */
export const curlExample = (document: OpenApi, operation: Operation, origin: string): string => {
  const base = document.servers?.[0]?.url ?? ''
  const address = `${base.startsWith('http') ? '' : origin}${base}${operation.path}`
  const lines = [
    operation.method === 'GET' ? `curl '${address}'` : `curl -X ${operation.method} '${address}'`,
    `-H "Authorization: Bearer $CADRE_KEY"`,
    ...bodyLines(document, operation),
  ]
  return lines.join(' \\\n  ')
}

const bodyLines = (document: OpenApi, operation: Operation): string[] => {
  const json = operation.requests.find((body) => body.mediaType === 'application/json')
  if (json?.schema) {
    const example = JSON.stringify(exampleOf(document, json.schema), null, 2)
    return [`-H 'Content-Type: application/json'`, `-d '${example.replaceAll("'", `'\\''`)}'`]
  }
  const form = operation.requests.find((body) => body.mediaType === 'multipart/form-data')
  const fields = form?.schema ? resolveSchema(document, form.schema)?.properties : undefined
  return Object.entries(fields ?? {}).map(([name, field]) =>
    field.format === 'binary' ? `-F '${name}=@file.wasm'` : `-F '${name}=…'`,
  )
}

/** A value that the schema allows: its example, its default, or the plainest of its type. */
export const exampleOf = (document: OpenApi, schema: Schema, depth = 0): unknown => {
  const resolved = resolveSchema(document, schema) ?? {}
  const given = resolved.example ?? resolved.examples?.[0] ?? resolved.const ?? resolved.default
  if (given !== undefined) return given
  if (resolved.enum !== undefined) return resolved.enum[0]
  const variant = resolved.anyOf?.[0] ?? resolved.oneOf?.[0] ?? resolved.allOf?.[0]
  if (variant !== undefined) return exampleOf(document, variant, depth + 1)
  if (resolved.properties !== undefined) return exampleObject(document, resolved, depth)
  return plainExample(resolved)
}

/** Required fields only; where none is, the first two show what the body is about. */
const exampleObject = (document: OpenApi, schema: Schema, depth: number) => {
  if (depth > DEPTH_MAX) return {}
  const names = Object.keys(schema.properties ?? {})
  const required = names.filter((name) => schema.required?.includes(name))
  const shown = required.length > 0 ? required : names.slice(0, 2)
  return Object.fromEntries(
    shown.map((name) => [name, exampleOf(document, schema.properties?.[name] ?? {}, depth + 1)]),
  )
}

const plainExample = (schema: Schema): unknown => {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'integer' || type === 'number') return Math.max(schema.minimum ?? 1, 1)
  if (type === 'boolean') return true
  if (type === 'array') return []
  if (type === 'string') return schema.format === 'date-time' ? '2026-07-01T08:30:00Z' : 'text'
  return {}
}
