import type { TenantId, WorkflowId, WorkflowSourceFormat } from '@cadre/contract'
import type { WorkflowDefinition } from './definition.ts'

/** One published version of a workflow. */
export interface WorkflowRecord {
  id: WorkflowId
  tenantId: TenantId
  definition: WorkflowDefinition
  /** Of the definition, in hexadecimal: the same for sources that differ in comments only. */
  sha256: string
  /** Some step declares a compensation. */
  isSaga: boolean
  ownerId: string
  ownerName: string
  createdAt: Date
}

/** The text a version was published from. */
export interface WorkflowSource {
  text: string
  format: WorkflowSourceFormat
}

/** What lists show: a version without its definition. */
export interface WorkflowSummaryRecord {
  id: WorkflowId
  name: string
  version: string
  description: string
  tags: string[]
  sha256: string
  stepCount: number
  isSaga: boolean
  ownerName: string
  createdAt: Date
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** How a workflow is named: by its id, or by name for the latest version, or by `name@version`. */
export type WorkflowReference =
  | { kind: 'id'; id: string }
  | { kind: 'latest'; name: string }
  | { kind: 'version'; name: string; version: string }

export const parseReference = (text: string): WorkflowReference => {
  if (UUID.test(text)) return { kind: 'id', id: text.toLowerCase() }
  const at = text.indexOf('@')
  if (at === -1) return { kind: 'latest', name: text }
  return { kind: 'version', name: text.slice(0, at), version: text.slice(at + 1) }
}

export const isSagaDefinition = (definition: WorkflowDefinition): boolean =>
  definition.steps.some((step) => step.compensation !== null)
