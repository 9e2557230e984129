import { expect, test } from 'vitest'
import { createLogger } from './logger.ts'

const logged = (fields: Record<string, unknown>): Record<string, unknown> => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  createLogger({ level: 'info', destination }).info('test.happened', fields)
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>
}

test('event and fields → one line of JSON with time and level', () => {
  expect(logged({ taskId: 't', count: 2 })).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    event: 'test.happened',
    taskId: 't',
    count: 2,
  })
})

test('line breaks in a field → still one line', () => {
  expect(logged({ name: 'a\n{"level":"error"}' })['name']).toBe('a\n{"level":"error"}')
})

test('fields that may hold a secret → not written, one level down either', () => {
  expect(logged({ password: 'p', request: { token: 't', path: '/' } })).toMatchObject({
    password: '[redacted]',
    request: { token: '[redacted]', path: '/' },
  })
})

test('error with a connection hung on it → what it says of itself, and no more', () => {
  const cause = Object.assign(new TypeError('refused'), { code: 'ECONNREFUSED', port: 5432 })
  const error = Object.assign(new Error('no database', { cause }), {
    client: { secretKey: 1, statements: ['select 1'] },
  })
  expect(logged({ error })['error']).toEqual({
    type: 'Error',
    message: 'no database',
    stack: expect.stringContaining('no database'),
    cause: {
      type: 'TypeError',
      message: 'refused',
      code: 'ECONNREFUSED',
      stack: expect.any(String),
    },
  })
})

test('an error that is its own cause → cut off', () => {
  const error = new Error('round')
  error.cause = error
  expect(JSON.stringify(logged({ error })).length).toBeLessThan(20_000)
})

test('several errors in one → each by what it says', () => {
  const error = new AggregateError([new Error('one'), new Error('two')], 'both')
  expect(logged({ error })['error']).toMatchObject({
    message: 'both',
    errors: [{ message: 'one' }, { message: 'two' }],
  })
})

test('something thrown that is no error → as it is', () => {
  expect(logged({ error: 'just words' })['error']).toBe('just words')
})
