import type { WorkflowSourceFormat } from '@cadre/contract'

/** A definition as it came in. */
export interface GivenSource {
  text: string
  /** Left out: told by its first sign. */
  format?: WorkflowSourceFormat | undefined
}

export const formatOf = (text: string): WorkflowSourceFormat =>
  text.trimStart().startsWith('{') ? 'json' : 'yaml'
