import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { resultOf } from './agent-host.ts'

interface Triage {
  entries: number
  continuation_lines: number
  blank_lines: number
  lines: number
  levels: Record<string, number>
  most_frequent: { level: string; template: string; count: number }[]
}

const triage = (...lines: string[]): Promise<Triage> =>
  resultOf<Triage>('log-triage', lines.join('\n'))
const templateOf = async (line: string) => (await triage(line)).most_frequent[0]?.template
const levelOf = async (line: string) => (await triage(line)).most_frequent[0]?.level

test('log-triage: an application log → levels, groups and times', async () => {
  const log = [
    '2026-07-01T08:00:00Z INFO listening on port 8080',
    '2026-07-01T08:00:03Z ERROR request 41 failed: timeout after 3000 ms',
    '    at Socket.onTimeout (net.js:42)',
    'Caused by: java.io.IOException',
    '',
    '2026-07-01T08:00:09Z ERROR request 57 failed: timeout after 3001 ms',
  ]
  const timeout = {
    level: 'error',
    count: 2,
    template: 'request <n> failed: timeout after <n> ms',
    first_line: 2,
    last_line: 6,
    first_time: '2026-07-01T08:00:03.000Z',
    last_time: '2026-07-01T08:00:09.000Z',
    example: 'request 41 failed: timeout after 3000 ms',
  }
  expect(await triage(...log)).toEqual({
    lines: 6,
    blank_lines: 1,
    entries: 3,
    continuation_lines: 2,
    levels: { fatal: 0, error: 2, warning: 0, info: 1, debug: 0, trace: 0, unknown: 0 },
    first_time: '2026-07-01T08:00:00.000Z',
    last_time: '2026-07-01T08:00:09.000Z',
    zone_is_assumed: false,
    groups: 2,
    ungrouped_entries: 0,
    top_errors: [timeout],
    top_warnings: [],
    most_frequent: [
      timeout,
      {
        level: 'info',
        count: 1,
        template: 'listening on port <n>',
        first_line: 1,
        last_line: 1,
        first_time: '2026-07-01T08:00:00.000Z',
        last_time: '2026-07-01T08:00:00.000Z',
        example: 'listening on port 8080',
      },
    ],
  })
})

test('log-triage: levels in many spellings → one name for each', async () => {
  expect(await levelOf('[2026-07-01 08:00:00] app.ERROR: x')).toBe('unknown')
  expect(await levelOf('2026-07-01 08:00:00,123 [main] WARN  c.e.App - slow')).toBe('warning')
  expect(await levelOf('[error] 12#0: oops')).toBe('error')
  expect(await levelOf('warning: deprecated')).toBe('warning')
  expect(await levelOf('time=1 level=fatal msg=x')).toBe('fatal')
  expect(await levelOf('Jul  1 08:00:00 host app[12]: CRITICAL disk full')).toBe('fatal')
  expect(await levelOf('<notice> x')).toBe('info')
  expect(await levelOf('an error in the middle of a sentence')).toBe('unknown')
})

test('log-triage: JSON lines and web servers → level, time, message', async () => {
  const result = await triage(
    '{"level":50,"time":1782894600000,"nested":{"msg":"no"},"msg":"cannot reach 10.0.0.7:5432"}',
    '{"severity":"WARN","@timestamp":"2026-07-01T08:31:00Z","message":"retry \\"7\\""}',
    '10.0.0.9 - - [01/Jul/2026:08:32:00 +0000] "GET /a HTTP/1.1" 503 12',
    '10.0.0.9 - - [01/Jul/2026:08:33:00 +0000] "GET /b HTTP/1.1" 404 12',
    '{"level":"info","msg":"cut off',
  )
  expect(result).toMatchObject({
    levels: { error: 2, warning: 2, info: 1 },
    first_time: '2026-07-01T08:30:00.000Z',
    last_time: '2026-07-01T08:33:00.000Z',
  })
  expect(result.most_frequent.map(({ template }) => template)).toContain('cannot reach <ip>')
})

test('log-triage: what differs from time to time → placeholders', async () => {
  expect(await templateOf('user 42 took 1,234.5ms (17%)')).toBe('user <n> took <n>ms (<n>%)')
  expect(await templateOf('job 3f2504e0-4f89-41d3-9a0c-0305e82c3301 done')).toBe('job <uuid> done')
  expect(await templateOf('commit 9fceb02d0ae598e9 at 0x7ffe')).toBe('commit <hex> at <hex>')
  expect(await templateOf('no file "a b.txt" for \'x\'')).toBe('no file "<text>" for \'<text>\'')
  expect(await templateOf("it's down, isn't it")).toBe("it's down, isn't it")
  expect(await templateOf('from 192.168.0.1:8080 to 10.0.0.1')).toBe('from <ip> to <ip>')
})

test('log-triage: times without a zone → UTC assumed and said', async () => {
  expect(await triage('2026-07-01 08:00:00 INFO a')).toMatchObject({
    first_time: '2026-07-01T08:00:00.000Z',
    zone_is_assumed: true,
  })
  expect(await triage('Jul  1 08:00:00 host app: a')).toMatchObject({ first_time: null })
})

test('log-triage: any lines → every line counted once', async () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !text.includes('\n')),
    fc.constantFrom(
      '',
      ' at x',
      'ERROR 1',
      '{"level":30,"msg":"x"}',
      '{"a',
      '2026-07-01T00:00:00Z x',
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 20 }), async (lines) => {
      const result = await triage('INFO first', ...lines)
      expect(result.entries + result.continuation_lines + result.blank_lines).toBe(result.lines)
      const levels = Object.values(result.levels).reduce((sum, count) => sum + count, 0)
      expect(levels).toBe(result.entries)
    }),
  )
})
