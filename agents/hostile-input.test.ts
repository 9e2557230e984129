import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AgentRun, builtAgents, runAgent } from './agent-host.ts'

const MEMORY_BYTES_MAX = 64 * 1_048_576
/** Far above what any run needs, far below what anything quadratic would. */
const DURATION_MS_MAX = 15_000
const BYTES = 2_000_000

const names = [
  'checksum',
  'csv-summary',
  'date-parse',
  'dedupe',
  'json-query',
  'keyword-extract',
  'log-triage',
  'markdown-outline',
  'readability',
  'secret-scanner',
  'sentiment',
  'template-fill',
  'text-diff',
  'unit-convert',
  'word-count',
]

/** How text reaches agents that read JSON. */
const wrappers: Record<string, (text: string) => unknown> = {
  'json-query': (text) => ({ query: '$..*', document: { a: [text, { b: text }] } }),
  'template-fill': (text) => ({ template: text, data: { a: [text] } }),
  'text-diff': (text) => ({ before: text, after: reversed(text) }),
  'unit-convert': (text) => ({ value: 1, from: text, to: 'm' }),
}

const shapes: Record<string, Buffer> = {
  nothing: Buffer.alloc(0),
  'malformed UTF-8': Buffer.alloc(BYTES, 0xff),
  'zero bytes': Buffer.alloc(BYTES),
  'no line end': fill('word '),
  'only line ends': fill('\r\n'),
  'only carriage returns': fill('a\r'),
  quotes: fill('"'),
  'open brackets': fill('[{('),
  'nested JSON': Buffer.from('['.repeat(BYTES / 2) + ']'.repeat(BYTES / 2)),
  'flat JSON': Buffer.from(`[${'1,'.repeat(BYTES / 2)}1]`),
  punctuation: fill('*_`~<!--&lt;.:=-#>'),
  'short sentences': fill('A. '),
  'different words': distinct(' '),
  'different lines': distinct('\n'),
  'wide characters': fill('😀é世\u0301'),
}

/** Lines of about sixty characters. */
const longText = Buffer.from(
  distinct(' ', 10_000_000)
    .toString()
    .replaceAll(/(.{60}) /g, '$1\n'),
)

const anything = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc.string({ unit: 'binary', maxLength: 80 }).map((text) => Buffer.from(text)),
)

beforeAll(builtAgents)

test('the list of agents is whole', async () => {
  expect((await builtAgents()).map((agent) => agent.name)).toEqual(names)
})

describe.each(names)('%s', (name) => {
  test('any shape of input → a result or one sentence, in bounded time and memory', async () => {
    for (const [shape, bytes] of Object.entries(shapes)) {
      expectOrderly(`${name}, ${shape}`, await runAgent(name, bytes))
      const wrap = wrappers[name]
      if (!wrap) continue
      const input = JSON.stringify(wrap(bytes.toString('utf8')))
      expectOrderly(`${name}, ${shape}, wrapped`, await runAgent(name, input))
    }
  })

  test('10 MB of text → a result or one sentence, in bounded time and memory', async () => {
    const wrap = wrappers[name]
    const input = wrap ? JSON.stringify(wrap(longText.toString('utf8', 0, 4_000_000))) : longText
    expectOrderly(name, await runAgent(name, input))
  })

  test('13 MB → refused with one sentence, or read in blocks', async () => {
    const run = await runAgent(name, Buffer.alloc(13_000_000, 0x20))
    expectOrderly(name, run)
    if (name !== 'checksum') expect(run.stderr).toBe('The input is longer than 12 MiB.\n')
  })

  test('any bytes, any JSON → a result or one sentence', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (bytes) => {
        expectOrderly(name, await runAgent(name, bytes))
        const wrap = wrappers[name]
        const input = wrap && JSON.stringify(wrap(bytes.toString('utf8')))
        if (input) expectOrderly(name, await runAgent(name, input))
      }),
    )
  })
})

/** Not a trap, not a defect (exit 70), and output of the promised form. */
function expectOrderly(what: string, run: AgentRun): void {
  expect([0, 1], `${what}: ${run.stderr}`).toContain(run.exitCode)
  if (run.exitCode === 0) {
    expect(run.stderr, what).toBe('')
    expect(typeof JSON.parse(run.stdout), what).toBe('object')
  } else {
    expect(run.stderr, what).toMatch(/^[^\n]+[.]\n$/)
    expect(run.stdout, what).toBe('')
  }
  expect(run.memoryBytes, what).toBeLessThanOrEqual(MEMORY_BYTES_MAX)
  expect(run.durationMs, what).toBeLessThan(DURATION_MS_MAX)
}

/** The halves of wide characters change places too, so that they stand alone. */
function reversed(text: string): string {
  return Buffer.from(text, 'utf16le').reverse().swap16().toString('utf16le')
}

function fill(pattern: string): Buffer {
  return Buffer.alloc(BYTES, pattern)
}

function distinct(separator: string, bytes = BYTES): Buffer {
  const words: string[] = []
  for (let index = 0, length = 0; length < bytes; index++) {
    const word = `w${Math.imul(index, 2_654_435_761).toString(36)}`
    words.push(word)
    length += word.length + separator.length
  }
  return Buffer.from(words.join(separator))
}
