import { isObject, type Path } from '@cadre/contract/source'
import { stepEntries } from './shape-findings.ts'

export type ReferenceKind = 'agent' | 'capability' | 'workflow'

/** A name of something outside of the definition. */
export interface Reference {
  kind: ReferenceKind
  name: string
  path: Path
}

const KINDS: readonly ReferenceKind[] = ['agent', 'capability', 'workflow']

export const findReferences = (document: unknown): Reference[] =>
  stepEntries(document).flatMap(([name, step]) => [
    ...referencesOf(step, ['steps', name]),
    ...(isObject(step['compensation'])
      ? referencesOf(step['compensation'], ['steps', name, 'compensation'])
      : []),
  ])

const referencesOf = (holder: Readonly<Record<string, unknown>>, path: Path): Reference[] =>
  KINDS.flatMap((kind) => {
    const name = holder[kind]
    if (typeof name !== 'string' || name === '') return []
    return [{ kind, name, path: [...path, kind] }]
  })
