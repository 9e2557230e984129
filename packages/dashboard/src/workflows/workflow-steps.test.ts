import { describe, expect, test } from 'vitest'
import { contextTemplate } from './trigger-schema.ts'
import { depthsOf, stepsOfDefinition } from './workflow-steps.ts'

test('every kind of step → its kind, its subject and what it needs', () => {
  const steps = stepsOfDefinition({
    name: 'all',
    version: '1.0.0',
    steps: {
      one: { title: 'One', agent: 'worker', compensation: { agent: 'undoer' } },
      each: { capability: 'ocr', for_each: 'trigger', needs: 'one' },
      child: { workflow: 'other', needs: ['one', 'each'], when: 'true' },
      ask: { approval: 'Really?' },
      told: { signal: { name: 'paid' } },
      later: { delay: 5 },
    },
  })
  expect(steps.map(({ name, kind, subject, needs }) => [name, kind, subject, needs])).toEqual([
    ['one', 'agent', 'worker', []],
    ['each', 'fan_out', 'ocr', ['one']],
    ['child', 'workflow', 'other', ['one', 'each']],
    ['ask', 'approval', null, []],
    ['told', 'signal', 'paid', []],
    ['later', 'delay', null, []],
  ])
  expect(steps[0]).toMatchObject({ title: 'One', hasUndo: true, when: null })
  expect(steps[2]).toMatchObject({ title: null, hasUndo: false, when: 'true' })
})

describe('depth', () => {
  const depths = (needs: Record<string, string[]>) =>
    Object.fromEntries(
      depthsOf(Object.entries(needs).map(([name, each]) => ({ name, needs: each }))),
    )

  test('the longest way counts, in whatever order the steps stand', () => {
    expect(depths({ d: ['b', 'a'], c: ['b'], b: ['a'], a: [] })).toEqual({ d: 2, c: 2, b: 1, a: 0 })
  })

  test('needs that are no steps, and rings → end all the same', () => {
    expect(depths({ a: ['gone'], b: ['c'], c: ['b'] })).toEqual({ a: 0, b: 0, c: 0 })
  })
})

describe('context to start from', () => {
  test('required properties with defaults, first choices or empty values', () => {
    const text = contextTemplate({
      type: 'object',
      required: ['folder', 'files', 'kind', 'deep', 'copies'],
      properties: {
        folder: { type: 'string' },
        files: { type: 'array' },
        kind: { enum: ['pdf', 'text'] },
        deep: { type: 'object', required: ['on'], properties: { on: { type: 'boolean' } } },
        copies: { type: 'integer', default: 2 },
        note: { type: 'string' },
      },
    })
    expect(JSON.parse(text)).toEqual({
      folder: '',
      files: [],
      kind: 'pdf',
      deep: { on: false },
      copies: 2,
    })
  })

  test('no schema, or one that says nothing → empty', () => {
    expect(contextTemplate(null)).toBe('')
    expect(contextTemplate({ description: 'Anything' })).toBe('')
  })

  test('a schema that goes on and on, or names what every object has → ends', () => {
    const endless: Record<string, unknown> = { type: 'object', required: ['again', 'toString'] }
    endless['properties'] = { again: endless }
    expect(contextTemplate(endless).length).toBeLessThan(1_000)
  })
})
