import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { refusalOf, resultOf, runAgent } from './agent-host.ts'

interface Diff {
  added: number
  removed: number
  unchanged: number
  is_minimal: boolean
  unified: string
}

const diff = (before: string, after: string, context?: number): Promise<Diff> =>
  resultOf<Diff>('text-diff', { before, after, context })

test('text-diff: a changed and an added line → unified diff and counts', async () => {
  expect(await diff('flour\nwater\nsalt\n', 'flour\nwarm water\nsalt\noil\n')).toEqual({
    is_equal: false,
    added: 2,
    removed: 1,
    unchanged: 2,
    similarity: 0.5714,
    is_minimal: true,
    unified: '--- before\n+++ after\n@@ -1,3 +1,4 @@\n flour\n-water\n+warm water\n salt\n+oil\n',
    hunks: 1,
  })
})

test('text-diff: equal texts → nothing', async () => {
  expect(await diff('same\r\n', 'same\r\n')).toMatchObject({
    is_equal: true,
    unified: '',
    similarity: 1,
  })
  expect(await diff('', '')).toMatchObject({ is_equal: true, unified: '' })
})

test('text-diff: only the last line end differs → said so', async () => {
  expect((await diff('a', 'a\n')).unified).toBe(
    '--- before\n+++ after\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n',
  )
})

test('text-diff: far changes → hunks of their own; near ones share', async () => {
  const lines = (changed: number[]) =>
    Array.from({ length: 20 }, (_, line) => `${line}${changed.includes(line) ? '!' : ''}\n`).join(
      '',
    )
  expect(await diff(lines([]), lines([2, 9]))).toMatchObject({ hunks: 1 })
  expect(await diff(lines([]), lines([2, 10]))).toMatchObject({ hunks: 2 })
  expect(await diff(lines([]), lines([2, 4]), 0)).toMatchObject({ hunks: 2 })
})

test('text-diff: bad input → one sentence', async () => {
  expect(await refusalOf('text-diff', { before: 'a' })).toContain('"after" must be a string')
  expect(await refusalOf('text-diff', { before: 'a', after: 'b', context: -1 })).toContain(
    '"context" must be a whole number',
  )
  expect(await refusalOf('text-diff', { before: '\n'.repeat(600_001), after: '' })).toBe(
    'The texts have more than 600,000 lines together.',
  )
})

const someText = fc
  .array(fc.constantFrom('a', 'b', 'c', '', 'd\r'), { maxLength: 14 })
  .chain((lines) => fc.constantFrom(lines.join('\n'), `${lines.join('\n')}\n`))

test('text-diff: any two texts → a diff that makes the one into the other, as short as can be', async () => {
  await fc.assert(
    fc.asyncProperty(someText, someText, fc.nat(3), async (before, after, context) => {
      const result = await diff(before, after, context)
      expect(apply(before, result.unified)).toBe(after)
      expect(result.is_minimal).toBe(true)
      expect(result.unchanged).toBe(longestCommon(linesOf(before), linesOf(after)))
    }),
    { numRuns: 300 },
  )
})

test('text-diff: texts too different to compare in full → still applies, in bounded time', async () => {
  let seed = 7
  const random = (count: number) => (seed = (seed * 48_271) % 2_147_483_647) % count
  const randomLines = (count: number, kinds: number) =>
    Array.from({ length: count }, () => `${random(kinds)}\n`).join('')
  for (const kinds of [2, 5_000, 1_000_000]) {
    const before = randomLines(30_000, kinds)
    const after = randomLines(30_000, kinds)
    const run = await runAgent('text-diff', JSON.stringify({ before, after }))
    const result: Diff = JSON.parse(run.stdout)
    expect(result.is_minimal).toBe(false)
    expect(apply(before, result.unified)).toBe(after)
    expect(run.durationMs).toBeLessThan(10_000)
  }
})

/** Lines with their ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** Applies a unified diff strictly: every kept or removed line must be there. */
function apply(before: string, unified: string): string {
  const source = linesOf(before)
  const result: string[] = []
  let position = 0
  const lines = unified.split('\n').slice(2, -1)
  for (const [index, line] of lines.entries()) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@$/.exec(line)
    if (header) {
      const start = header[2] === '0' ? Number(header[1]) : Number(header[1]) - 1
      result.push(...source.slice(position, start))
      position = start
      continue
    }
    if (line.startsWith('\\')) continue
    const content = line.slice(1) + (lines[index + 1]?.startsWith('\\') ? '' : '\n')
    if (line.startsWith('+')) result.push(content)
    else expect(source[position++]).toBe(content)
    if (line.startsWith(' ')) result.push(content)
  }
  return [...result, ...source.slice(position)].join('')
}

function longestCommon(left: string[], right: string[]): number {
  let row = Array.from({ length: right.length + 1 }, () => 0)
  for (const a of left) {
    const next = [0]
    right.forEach((b, index) => {
      const skipped = Math.max(row[index + 1] ?? 0, next[index] ?? 0)
      next.push(a === b ? (row[index] ?? 0) + 1 : skipped)
    })
    row = next
  }
  return row.at(-1) ?? 0
}
