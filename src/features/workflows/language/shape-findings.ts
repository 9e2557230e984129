import {
  ApprovalDocument,
  CompensationDocument,
  DelayDocument,
  ForEachDocument,
  SignalDocument,
  StepDocument,
  TriggerDocument,
  WorkflowDocument,
} from '@cadre/contract'
import type { z } from 'zod'
import { suggestion } from '../suggestion.ts'
import { isObject, nounOf, valueAt, type Finding, type Path } from './problem.ts'

type Issue = z.core.$ZodIssue

/** What the schema says against a document, in words for its author. */
export const shapeFindings = (document: unknown, issues: readonly Issue[]): Finding[] =>
  issues.flatMap((issue) => findingsOf(document, issue, issue.path as Path))

const findingsOf = (document: unknown, issue: Issue, path: Path): Finding[] => {
  const value = valueAt(document, path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        message: unknownKey(key, path),
        path: [...path, key],
        at: 'key' as const,
      }))
    case 'invalid_union':
      return findingsOfUnion(document, issue, path)
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
  document: unknown,
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
): Finding[] => {
  const isMeant = (issues: readonly Issue[]) =>
    issues.length > 0 &&
    !issues.some(({ code, path: at }) => code === 'invalid_type' && at.length === 0)
  const meant = issue.errors.find(isMeant)
  if (meant !== undefined)
    return meant.flatMap((inner) => findingsOf(document, inner, [...path, ...(inner.path as Path)]))
  const expected = issue.errors.flatMap((issues) =>
    issues.flatMap((inner) =>
      inner.code === 'invalid_type' ? (EXPECTED.get(inner.expected) ?? inner.expected) : [],
    ),
  )
  const kinds = [...new Set(expected)].join(' or ')
  return [{ message: `must be ${kinds}, not ${nounOf(valueAt(document, path))}`, path }]
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

const KEYS = {
  trigger: TriggerDocument,
  for_each: ForEachDocument,
  approval: ApprovalDocument,
  signal: SignalDocument,
  delay: DelayDocument,
  compensation: CompensationDocument,
}
const OTHER_KEYS: Readonly<Record<string, readonly string[]>> = {
  backoff: ['kind', 'jitter', 'base_seconds', 'cap_seconds'],
  timeouts: ['queue_seconds', 'execution_seconds', 'total_seconds'],
}

/** What other languages call the keys of a step. */
const STEP_SYNONYMS: Readonly<Record<string, string>> = {
  after: 'needs',
  args: 'input',
  compensate: 'compensation',
  condition: 'when',
  depends_on: 'needs',
  dependencies: 'needs',
  if: 'when',
  loop: 'for_each',
  on_error: 'on_failure',
  requires: 'needs',
  retries: 'max_retries',
  retry: 'max_retries',
  rollback: 'compensation',
  sleep: 'delay',
  undo: 'compensation',
  uses: 'agent',
  wait: 'delay',
  with: 'input',
}

const isStep = (path: Path): boolean => path.length === 2 && path[0] === 'steps'

const unknownKey = (key: string, path: Path): string => {
  if (key === '<<') return '`<<` merges nothing in YAML 1.2; write the keys out'
  const known = knownKeys(path)
  const meant = isStep(path) && Object.hasOwn(STEP_SYNONYMS, key) ? STEP_SYNONYMS[key] : undefined
  const hint = meant === undefined ? suggestion(key, known) : `; did you mean \`${meant}\`?`
  const shown = `there is no key \`${key.slice(0, 64)}\` here`
  return hint !== '' || known.length > 12
    ? `${shown}${hint}`
    : `${shown}; there are ${known.join(', ')}`
}

const knownKeys = (path: Path): readonly string[] => {
  if (path.length === 0)
    return Object.keys(WorkflowDocument.shape).filter((key) => !key.startsWith('$'))
  if (isStep(path)) return Object.keys(StepDocument.shape)
  const last = String(path.at(-1))
  const other = Object.hasOwn(OTHER_KEYS, last) ? OTHER_KEYS[last] : undefined
  if (other !== undefined) return other
  const found = Object.entries(KEYS).find(([name]) => name === last)
  return found === undefined ? [] : Object.keys(found[1].shape)
}

/** The step documents that are objects at all, with their names. */
export const stepEntries = (
  document: unknown,
): (readonly [string, Readonly<Record<string, unknown>>])[] => {
  const steps = isObject(document) ? document['steps'] : undefined
  if (!isObject(steps)) return []
  return Object.entries(steps).flatMap(([name, step]) =>
    isObject(step) ? [[name, step] as const] : [],
  )
}
