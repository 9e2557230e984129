import { WorkflowDocument, type WorkflowProblem } from '@cadre/contract'
import type { WorkflowDefinition } from '../definition.ts'
import { checkExpressions } from './check-expressions.ts'
import { checkSteps } from './check-steps.ts'
import {
  isObject,
  placed,
  readSource,
  valueAt,
  type Finding,
  type SourceLimits,
} from '@cadre/contract/source'
import { formatOf, type GivenSource } from './given-source.ts'
import { findReferences, type Reference } from './references.ts'
import { definitionFindings } from './shape-findings.ts'
import { toDefinition } from './to-definition.ts'
import { checkSchema } from '#platform/schema/json-schema.ts'

export interface DefinitionLimits extends SourceLimits {
  stepsMax: number
}

export interface ReadDefinition {
  /** Null when there are problems. */
  definition: WorkflowDefinition | null
  problems: WorkflowProblem[]
  warnings: WorkflowProblem[]
  /** What it names outside of itself, and where. */
  references: PlacedReference[]
}

/** A name of something outside, and where it stands. */
export type PlacedReference = Pick<Reference, 'kind' | 'name'> & Omit<WorkflowProblem, 'message'>

/**
 * Reads a definition and tells everything that is wrong with it, in the order of its lines. Hostile
 * texts can keep it busy for seconds: see `definition-reader.ts`.
 */
export const readDefinition = (source: GivenSource, limits: DefinitionLimits): ReadDefinition => {
  const text = source.text.replace(/^\uFEFF/, '')
  const read = readSource(text, source.format ?? formatOf(text), limits)
  const place = (findings: readonly Finding[]) => placed(read, findings)
  // After a fault of the text itself, the rest would be told of what is not there.
  if (read.findings.length > 0 || !isObject(read.value)) {
    const notAnObject = {
      message: 'a definition is an object with `name`, `version` and `steps`',
      path: [],
    }
    const findings = read.findings.length > 0 ? read.findings : [notAnObject]
    return { definition: null, problems: place(findings), warnings: [], references: [] }
  }
  const document = read.value
  const shape = WorkflowDocument.safeParse(document)
  const schema = valueAt(document, ['trigger', 'schema'])
  const schemaFindings = checkSchema(schema).map((finding) => ({
    ...finding,
    path: ['trigger', 'schema', ...finding.path],
  }))
  const stepFindings = checkSteps(document, limits)
  const findings = [
    ...(shape.success ? [] : definitionFindings(document, shape.error.issues)),
    ...schemaFindings,
    ...stepFindings,
    ...checkExpressions(document, schemaFindings.length > 0 ? null : schema),
  ]
  const problems = place(findings)
  return {
    definition: shape.success && problems.length === 0 ? toDefinition(shape.data) : null,
    problems,
    warnings: place(warningsOf(document)),
    references: findReferences(document).map(({ kind, name, path: at }) => {
      const { path, line, column } = read.place({ message: '', path: at })
      return { kind, name, path, line, column }
    }),
  }
}

/** What can be meant so, and mostly is not. */
const warningsOf = (document: Readonly<Record<string, unknown>>): Finding[] => {
  const steps = isObject(document['steps']) ? Object.entries(document['steps']) : []
  const compensates = (holder: Readonly<Record<string, unknown>>) =>
    holder['on_failure'] === 'compensate'
  if (steps.some(([, step]) => isObject(step) && step['compensation'] !== undefined)) return []
  const message = 'nothing will be undone: no step declares a compensation'
  return [
    ...(compensates(document) ? [{ message, path: ['on_failure'] }] : []),
    ...steps.flatMap(([name, step]) =>
      isObject(step) && compensates(step) ? [{ message, path: ['steps', name, 'on_failure'] }] : [],
    ),
  ]
}
