import { describe, expect, test } from 'vitest'
import { checkPolicy } from './policy-check.ts'

const when = (condition: string) => `permit (principal, action, resource) when { ${condition} };`
const times = (text: string, count: number) => text.repeat(count)

describe('check', () => {
  test.each([
    [
      'an action that there is not',
      '\nforbid (principal,\n  action == Action::"task.red", resource);',
      3,
      13,
    ],
    [
      'behind letters of several bytes',
      '// жäö\npermit (principal, action, resource) when { nope };',
      2,
      45,
    ],
    ['an end that is missing', 'permit (principal, action, resource)', 1, 37],
    ['an attribute of another type', when('resource.tags.contains("x")'), 1, 45],
    ['what may not be there', when('context.ip.isLoopback()'), 1, 45],
  ])('%s → told with line and column', (_case, text, line, column) => {
    const { is_valid, problems } = checkPolicy(text)
    expect(is_valid).toBe(false)
    expect(problems[0]).toMatchObject({ severity: 'error', line, column })
    expect(problems[0]?.message).not.toMatch(/policy\d/)
  })

  test('sound, with what Cadre knows of tasks and requests → no problem', () => {
    const text = `forbid (principal in Role::"developer", action in [Action::"task.*"], resource is Task in Agent::"a")
      when { resource.tags.contains("live") && context has ip && !context.ip.isInRange(ip("10.0.0.0/8")) }
      unless { context.cost.lessThan(decimal("2.5")) || context.hour < 18 || context.weekday == "sun" };`
    expect(checkPolicy(text)).toEqual({ is_valid: true, problems: [] })
  })

  test.each([
    ['templates', 'permit (principal == ?principal, action, resource);'],
    ['nothing', ' // nothing\n'],
    ['too many statements', times('forbid (principal, action, resource);', 21)],
  ])('%s → refused', (_case, text) => {
    expect(checkPolicy(text).is_valid).toBe(false)
  })

  // Each of these fills the stack that Cadre and Cedar share, after which Cedar answers nothing.
  test.each([
    ['brackets', when(`${times('(', 3_000)}true${times(')', 3_000)}`)],
    [
      'brackets behind ones that close nothing',
      when(`true) ${times(')', 300)} // "\n${times('(', 300)}`),
    ],
    [
      'brackets behind a comment',
      when(`// ${times(')', 300)}\n${times('(', 300)}true${times(')', 300)}`),
    ],
    [
      'brackets behind a carriage return',
      when(`true // \r${times('(', 300)}true${times(')', 300)}`),
    ],
    [
      'brackets behind text',
      when(`"${times(')', 300)}" == "" || ${times('(', 300)}true${times(')', 300)}`),
    ],
    [
      'brackets behind an escaped quote',
      when(`"\\"${times(')', 300)}" == "" || ${times('(', 300)}true`),
    ],
    ['lists', when(`${times('[', 300)}1${times(']', 300)}.isEmpty()`)],
    ['records', when(`${times('{a:', 300)}1${times('}', 300)} == 1`)],
    ['conditionals', when(`${times('if true then true else ', 350)}true`)],
    ['sums', when(`${times('1 + ', 2_000)}1 == 1`)],
    ['calls', when(`context.time${times('.offset(duration("1d"))', 400)} == context.time`)],
    ['negations', when(`${times('!(', 300)}true${times(')', 300)}`)],
    ['attributes', when(`resource${times('.a', 4_000)}`)],
  ])('deep %s → refused, and Cedar goes on', (_case, text) => {
    const { is_valid, problems } = checkPolicy(text)
    expect(is_valid).toBe(false)
    expect(problems[0]?.message).toMatch(/more than|control characters/)
    expect(checkPolicy(when('true')).is_valid).toBe(true)
  })

  test.each([
    ['brackets', when(`${times('(', 30)}true${times(')', 30)}`)],
    ['records and lists', when(`${times('[{a:', 15)}1${times('}]', 15)}.isEmpty() == false`)],
    ['conditionals', when(`${times('if true then true else ', 32)}true`)],
    ['sums', when(`${times('1 + ', 290)}1 == 1`)],
    ['choices', when(`${times('context.hour == 1 || ', 95)}true`)],
  ])('%s as deep as they may be → read', (_case, text) => {
    // From deep within the stack, as a request may be.
    const deep = (levels: number): ReturnType<typeof checkPolicy> =>
      levels === 0 ? checkPolicy(text) : deep(levels - 1)
    expect(deep(1_000).is_valid).toBe(true)
  })
})
