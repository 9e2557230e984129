import { afterEach, expect, test } from 'vitest'
import { createDefinitionReader, type DefinitionReader } from './definition-reader.ts'

const SOUND = 'name: order\nversion: 1.0.0\nsteps: { reserve: { agent: stock } }\n'
/** Takes the parser seconds. */
const SLOW = '!a '.repeat(300_000)

let reader: DefinitionReader
const open = (timeoutMs: number, bytesMax = 1_048_576) => {
  reader = createDefinitionReader({ limits: { bytesMax, stepsMax: 100 }, timeoutMs })
  return reader
}
afterEach(() => reader.close())

test('read: sound and broken texts, asked for together → each its own answer', async () => {
  const { read } = open(60_000)
  const texts = [SOUND, 'name: x', SOUND.replace('order', 'other')]
  const answers = await Promise.all(texts.map((text) => read({ text })))
  expect(answers.map(({ definition }) => definition?.name)).toEqual(['order', undefined, 'other'])
  expect(answers[1]?.problems.map(({ message }) => message)).toEqual([
    '`version` is missing',
    '`steps` is missing',
  ])
})

test('read: a text that takes too long → a problem in time', async () => {
  const { read } = open(300)
  // Not even the thread is up by then, or it is and the text takes longer.
  const late = await read({ text: SLOW })
  expect(late).toMatchObject({
    definition: null,
    problems: [{ message: 'the definition takes longer than 0.3 seconds to read', line: 1 }],
  })
})

test('read: 200 at once → those beyond the limit are refused with 503, the others are read', async () => {
  const { read } = open(60_000)
  const answers = await Promise.allSettled(Array.from({ length: 200 }, () => read({ text: SOUND })))
  const isRead = answers.map(({ status }) => status === 'fulfilled')
  expect(isRead.filter(Boolean)).toHaveLength(64)
  for (const answer of answers)
    if (answer.status === 'rejected')
      expect(answer.reason).toMatchObject({ code: 'workflow.busy', kind: 'unavailable' })
})

test('read: a schema that doubles 40 times → refused in time', async () => {
  const doubling = Array.from({ length: 40 }, (_, level) => {
    const next = `{ $ref: "#/$defs/a${level + 1}" }`
    return `a${level}: { allOf: [${next}, ${next}] }`
  })
  const text = `name: order
version: 1.0.0
trigger: { schema: { $ref: "#/$defs/a0", $defs: { ${doubling.join(', ')}, a40: { type: string } } } }
steps: { reserve: { agent: stock } }
`
  const { definition, problems } = await open(3_000).read({ text })
  expect(definition).toBeNull()
  expect(problems).toMatchObject([{ message: expect.stringMatching(/takes (longer|too much)/) }])
})

test('close: while a text is read → it is stopped, at once', async () => {
  const { read } = open(60_000)
  await read({ text: SOUND })
  const reading = read({ text: SLOW })
  const stopped = expect(reading).rejects.toThrow('Reading a definition was stopped')
  // Its turn comes with the next one of the event loop.
  await new Promise(setImmediate)
  await reader.close()
  await stopped
})
