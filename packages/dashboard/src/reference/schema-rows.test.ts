import { expect, test } from 'vitest'
import { curlExample, exampleOf } from './curl-example.ts'
import { filterOperations, operationsOf, type OpenApi } from './openapi.ts'
import { schemaRows, typeName } from './schema-rows.ts'

const document: OpenApi = {
  info: { title: 'Cadre', version: '1' },
  servers: [{ url: '/api/v1' }],
  components: {
    schemas: {
      Priority: { type: 'string', enum: ['high', 'low'] },
      Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } },
      Loop: { $ref: '#/components/schemas/Loop' },
      Task: {
        type: 'object',
        required: ['title'],
        properties: {
          title: { type: 'string', minLength: 1, maxLength: 200, description: "It's a name" },
          priority: { $ref: '#/components/schemas/Priority' },
          waiting: {
            anyOf: [
              { type: 'object', properties: { reason: { type: 'string' } } },
              { type: 'null' },
            ],
          },
          tags: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
  paths: {
    '/tasks': {
      post: {
        tags: ['tasks'],
        summary: 'Create a task',
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Task' } } },
        },
        responses: { 201: { description: 'The task' } },
      },
      get: { tags: ['tasks'], summary: 'List tasks', responses: {} },
    },
  },
}
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })

test('object behind a reference → its fields, nested ones below, with limits', () => {
  const rows = schemaRows(document, ref('Task'))
  expect(rows.map((row) => [row.path, row.type, row.isRequired])).toEqual([
    ['title', 'string', true],
    ['priority', '"high" | "low"', false],
    ['waiting', 'object | null', false],
    ['waiting.reason', 'string', false],
    ['tags', 'string[]', false],
  ])
  expect(rows[0]).toMatchObject({ limits: '1 to 200 characters', description: "It's a name" })
})

test('schema that contains itself → bounded table', () => {
  expect(schemaRows(document, ref('Node')).map((row) => row.depth)).toEqual([0, 1, 2, 3, 4])
})

test('reference that leads to itself or nowhere → its name, no fields', () => {
  expect(schemaRows(document, ref('Loop'))).toEqual([])
  expect(typeName(document, ref('Absent'))).toBe('Absent')
})

test('search by words in any order → the operations that have all of them', () => {
  const operations = operationsOf(document)
  expect(filterOperations(operations, 'task post').map((each) => each.key)).toEqual(['POST /tasks'])
  expect(filterOperations(operations, 'nothing')).toEqual([])
})

test('curl example → address, key, and a body with the required fields', () => {
  const [list, create] = operationsOf(document)
  expect(list && curlExample(document, list, 'http://here')).toContain(
    `curl 'http://here/api/v1/tasks'`,
  )
  expect(create && curlExample(document, create, 'http://here')).toContain(`"title": "text"`)
})

test('example with an apostrophe → still one shell word', () => {
  expect(exampleOf(document, { const: "it's" })).toBe("it's")
  const operation = operationsOf({
    ...document,
    paths: {
      '/x': {
        post: { requestBody: { content: { 'application/json': { schema: { const: "it's" } } } } },
      },
    },
  })
  const [only] = operation
  expect(only && curlExample(document, only, '')).toContain(`-d '"it'\\''s"'`)
})
