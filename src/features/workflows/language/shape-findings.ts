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
import {
  isObject,
  shapeFindings,
  unknownKeyWords,
  type Finding,
  type Path,
} from '@cadre/contract/source'
import type { z } from 'zod'

/** What the schema says against a definition, in words for its author. */
export const definitionFindings = (
  document: unknown,
  issues: readonly z.core.$ZodIssue[],
): Finding[] => shapeFindings(document, issues, unknownKey)

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
  const meant = isStep(path) && Object.hasOwn(STEP_SYNONYMS, key) ? STEP_SYNONYMS[key] : undefined
  return unknownKeyWords(key, knownKeys(path), meant)
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
