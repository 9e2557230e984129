import type { z } from 'zod'
import { nounOf, valueAt, type Finding, type Path } from './finding.ts'
import { suggestion } from './suggestion.ts'

type Issue = z.core.$ZodIssue

/** What is to be said of a key that is not known at a place. */
export type UnknownKey = (key: string, path: Path) => string

interface Judged {
  document: unknown
  unknownKey: UnknownKey
}

/** What a schema says against a document, in words for its author. */
export const shapeFindings = (
  document: unknown,
  issues: readonly Issue[],
  unknownKey: UnknownKey,
): Finding[] =>
  issues.flatMap((issue) => findingsOf({ document, unknownKey }, issue, issue.path as Path))

const findingsOf = (judged: Judged, issue: Issue, path: Path): Finding[] => {
  const { document } = judged
  const value = valueAt(document, path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        message: judged.unknownKey(key, path),
        path: [...path, key],
        at: 'key' as const,
      }))
    case 'invalid_union':
      return findingsOfUnion(judged, issue, path)
    case 'invalid_key':
      return issue.issues.map((inner) => ({
        message: inner.code === 'too_big' ? sizeOf(inner, '') : inner.message,
        path,
        at: 'key' as const,
      }))
    case 'invalid_type':
      return [typeFinding(document, issue.expected, path)]
    case 'invalid_value': {
      const known = issue.values.map(String)
      const hint = typeof value === 'string' ? suggestion(value, known) : ''
      return [{ message: `must be one of ${known.join(', ')}${hint}`, path }]
    }
    case 'too_small':
    case 'too_big':
      return [{ message: sizeOf(issue, value), path }]
    default:
      return [{ message: issue.message, path }]
  }
}

const typeFinding = (document: unknown, expected: string, path: Path): Finding => {
  const value = valueAt(document, path)
  const key = path.at(-1)
  const isMissing = value === undefined && typeof key === 'string'
  if (isMissing) return { message: `\`${key}\` is missing`, path }
  if (expected === 'int' && typeof value === 'number')
    return { message: 'must be a whole number', path }
  const isUnquoted = expected === 'string' && ['number', 'boolean'].includes(typeof value)
  const hint = isUnquoted ? '; put it in quotes' : ''
  const message = `must be ${EXPECTED.get(expected) ?? expected}, not ${nounOf(value)}${hint}`
  return { message, path }
}

const EXPECTED: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'an object'],
  ['record', 'an object'],
])

/** Of a union, what the alternative says that the author seems to have meant. */
const findingsOfUnion = (
  judged: Judged,
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
): Finding[] => {
  const isMeant = (issues: readonly Issue[]) =>
    issues.length > 0 &&
    !issues.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0)
  const meant = issue.errors.find(isMeant)
  if (meant !== undefined)
    return meant.flatMap((inner) => findingsOf(judged, inner, [...path, ...(inner.path as Path)]))
  const expected = issue.errors.flatMap((issues) =>
    issues.flatMap((inner) =>
      inner.code === 'invalid_type' ? (EXPECTED.get(inner.expected) ?? inner.expected) : [],
    ),
  )
  const kinds = [...new Set(expected)].join(' or ')
  return [{ message: `must be ${kinds}, not ${nounOf(valueAt(judged.document, path))}`, path }]
}

const sizeOf = (issue: Issue, value: unknown): string => {
  if (issue.code === 'too_small') {
    const least = Number(issue.minimum)
    if (typeof value === 'number')
      return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${least}`
    return 'must not be empty'
  }
  if (issue.code !== 'too_big') return issue.message
  const most = Number(issue.maximum).toLocaleString('en')
  if (typeof value === 'number') return `must be at most ${most}`
  return typeof value === 'string'
    ? `has more than ${most} characters`
    : `has more than ${most} elements`
}

/** `there is no key …`, and which ones there are. */
export const unknownKeyWords = (key: string, known: readonly string[], meant?: string): string => {
  if (key === '<<') return '`<<` merges nothing in YAML 1.2; write the keys out'
  const hint = meant === undefined ? suggestion(key, known) : `; did you mean \`${meant}\`?`
  const shown = `there is no key \`${key.slice(0, 64)}\` here`
  return hint !== '' || known.length > KEYS_SHOWN_MAX
    ? `${shown}${hint}`
    : `${shown}; there are ${known.join(', ')}`
}

const KEYS_SHOWN_MAX = 12
