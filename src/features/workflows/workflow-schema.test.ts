import { WorkflowDocument } from '@cadre/contract'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { documentOf } from './definition-view.ts'
import { definitions } from './testing/random-definitions.ts'
import { workflowSchema } from './workflow-schema.ts'

const ADDRESS = 'http://127.0.0.1:8080/schemas/workflow.json'
const schema = workflowSchema(ADDRESS)
const ajv = new Ajv2020({ strict: false, allErrors: true })
addFormats.default(ajv)
const validate = ajv.compile(schema)

const order = (steps: unknown, more: object = {}) => ({
  $schema: ADDRESS,
  name: 'order',
  version: '1.0.0',
  steps,
  ...more,
})

describe('schema of definitions', () => {
  test('is itself a schema, with the address that it was asked for at', () => {
    expect(ajv.validateSchema(schema)).toBe(true)
    expect(schema).toMatchObject({
      $id: ADDRESS,
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'Cadre workflow',
    })
  })

  test('random sound definitions → valid', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        validate(documentOf(definition))
        expect(validate.errors).toBeNull()
      }),
      { numRuns: 100 },
    )
  })

  test.each<[string, unknown]>([
    ['no steps', { name: 'order', version: '1.0.0' }],
    ['a name with capitals', order({ a: { agent: 'x' } }, { name: 'Order' })],
    ['a version of two numbers', order({ a: { agent: 'x' } }, { version: '1.0' })],
    ['an unknown key', order({ a: { agent: 'x' } }, { timeout: 5 })],
    ['an unknown key of a step', order({ a: { agent: 'x', need: 'b' } })],
    ['a step name with a hyphen', order({ 'a-b': { agent: 'x' } })],
    ['a step that does nothing', order({ a: { title: 'A' } })],
    ['a step that does two things', order({ a: { agent: 'x', delay: 5 } })],
    ['a fan-out of an approval', order({ a: { approval: 'Fine?', for_each: 'trigger.x' } })],
    ['a compensation by nobody', order({ a: { agent: 'x', compensation: { input: 1 } } })],
    ['a delay of both kinds', order({ a: { delay: { seconds: 5, until: 'trigger.at' } } })],
    ['a priority that is none', order({ a: { agent: 'x', priority: 'now' } })],
    ['retries without end', order({ a: { agent: 'x', max_retries: 1_000 } })],
  ])('%s → refused', (_name, document) => {
    expect(validate(document)).toBe(false)
  })

  test('every key says what it is for, in editors too', () => {
    const silent: string[] = []
    const walk = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return
      const { properties, ...others } = node as { properties?: Record<string, object> }
      for (const [key, property] of Object.entries(properties ?? {})) {
        if (!('description' in property)) silent.push(`${path}.${key}`)
        walk(property, `${path}.${key}`)
      }
      for (const other of Object.values(others)) walk(other, path)
    }
    walk(schema, '')
    expect(silent).toEqual([])
    expect(Object.keys(WorkflowDocument.shape).length).toBeGreaterThan(10)
  })
})
