/** The parts of an OpenAPI 3.1 document that the page reads. */
export interface OpenApi {
  info: { title: string; version: string; description?: string }
  servers?: { url: string }[]
  tags?: { name: string; description?: string }[]
  paths: Record<string, Record<string, RawOperation> | undefined>
  components?: { schemas?: Record<string, Schema>; parameters?: Record<string, Parameter> }
}

export interface Schema {
  $ref?: string
  type?: string | string[]
  title?: string
  description?: string
  format?: string
  pattern?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  example?: unknown
  examples?: unknown[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  required?: string[]
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}

export interface Parameter {
  $ref?: string
  name: string
  in: 'path' | 'query' | 'header' | 'cookie'
  required?: boolean
  description?: string
  schema?: Schema
}

interface Content {
  description?: string
  required?: boolean
  content?: Record<string, { schema?: Schema; example?: unknown }>
}

interface RawOperation {
  operationId?: string
  summary?: string
  description?: string
  deprecated?: boolean
  tags?: string[]
  parameters?: Parameter[]
  requestBody?: Content
  responses?: Record<string, Content>
}

export interface Body {
  mediaType: string
  description: string
  schema: Schema | null
}

export interface Operation {
  /** `GET /tasks/{id}`: unique, and what the page's address carries. */
  key: string
  method: string
  path: string
  tag: string
  summary: string
  description: string
  isDeprecated: boolean
  parameters: readonly Parameter[]
  requests: readonly Body[]
  responses: readonly (Body & { status: string })[]
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

/** All operations in the document's order. */
export const operationsOf = (document: OpenApi): Operation[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const raw = item?.[method]
      return raw === undefined ? [] : [toOperation(document, path, method, raw)]
    }),
  )

const toOperation = (
  document: OpenApi,
  path: string,
  method: string,
  raw: RawOperation,
): Operation => ({
  key: `${method.toUpperCase()} ${path}`,
  method: method.toUpperCase(),
  path,
  tag: raw.tags?.[0] ?? 'Other',
  summary: raw.summary ?? '',
  description: raw.description ?? '',
  isDeprecated: raw.deprecated ?? false,
  parameters: (raw.parameters ?? []).map((parameter) => resolveParameter(document, parameter)),
  requests: raw.requestBody === undefined ? [] : bodiesOf(raw.requestBody),
  responses: Object.entries(raw.responses ?? {}).flatMap(([status, content]) =>
    bodiesOf(content).map((body) => ({ ...body, status })),
  ),
})

const resolveParameter = (document: OpenApi, parameter: Parameter): Parameter =>
  parameter.$ref === undefined
    ? parameter
    : (document.components?.parameters?.[nameOfRef(parameter.$ref)] ?? parameter)

const bodiesOf = ({ description = '', content }: Content): Body[] => {
  const entries = Object.entries(content ?? {})
  if (entries.length === 0) return [{ mediaType: '', description, schema: null }]
  return entries.map(([mediaType, { schema }]) => ({
    mediaType,
    description,
    schema: schema ?? null,
  }))
}

/** `#/components/schemas/Task` is called `Task`. */
export const nameOfRef = (ref: string): string => ref.slice(ref.lastIndexOf('/') + 1)

/** The schema itself, following references; null where one leads nowhere. */
export const resolveSchema = (document: OpenApi, schema: Schema): Schema | null => {
  let current: Schema | undefined = schema
  const seen = new Set<string>()
  while (current?.$ref !== undefined && !seen.has(current.$ref)) {
    seen.add(current.$ref)
    current = document.components?.schemas?.[nameOfRef(current.$ref)]
  }
  return current?.$ref === undefined ? (current ?? null) : null
}

/** Operations whose method, path or words contain every word of `text`. */
export const filterOperations = (operations: readonly Operation[], text: string): Operation[] => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  return operations.filter((operation) => {
    const haystack =
      `${operation.key} ${operation.tag} ${operation.summary} ${operation.description}`.toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}
