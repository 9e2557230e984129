import { useQuery } from '@tanstack/react-query'
import { referredWorkflowQuery } from './use-workflows.ts'
import { choiceOf, isWorkflowId, type WorkflowChoice } from './workflow-reference.ts'

/** What a reference names; an id, one version, has to be looked up. Null: not known (yet). */
export const useWorkflowChoice = (reference: string | null): WorkflowChoice | null => {
  const isId = reference !== null && isWorkflowId(reference)
  const known = useQuery(referredWorkflowQuery(isId ? reference : null))
  if (reference === null) return null
  if (!isId) return choiceOf(reference)
  return known.data === undefined ? null : { name: known.data.name, version: known.data.version }
}
