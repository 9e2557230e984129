import type { RunId, TenantId } from '@cadre/contract'
import type { KnownWorkflow } from './run-lookups.ts'
import { contextOf, inHand } from './run-in-hand.ts'
import { merged, type RunRecord, type TriggerKind } from './run.ts'

export interface NewRun {
  id: RunId
  known: KnownWorkflow
  tenantId: TenantId
  trigger: unknown
  triggerKind: TriggerKind
  parent: RunRecord | null
  createdBy: { id: string; name: string }
  now: Date
}

/**
 * A run as it begins.
 * @throws ExpressionError when the definition's first payload cannot be reckoned
 */
export const newRun = (start: NewRun): RunRecord => {
  const { known, now, parent } = start
  const { definition } = known.record
  const record: RunRecord = {
    id: start.id,
    tenantId: start.tenantId,
    workflowId: known.record.id,
    workflowName: definition.name,
    workflowVersion: definition.version,
    status: 'RUNNING',
    outcome: null,
    isPaused: false,
    triggerKind: start.triggerKind,
    trigger: start.trigger ?? null,
    payload: {},
    error: null,
    failedStep: null,
    cost: '0',
    costLimit: definition.costLimit,
    deadlineAt:
      definition.timeoutSeconds === null
        ? null
        : new Date(now.getTime() + definition.timeoutSeconds * 1_000),
    parentRunId: parent?.id ?? null,
    nesting: parent === null ? 0 : parent.nesting + 1,
    rerunOf: null,
    rerunFrom: null,
    createdBy: start.createdBy.id,
    createdByName: start.createdBy.name,
    idempotencyKey: null,
    requestSha256: null,
    traceparent: parent?.traceparent ?? null,
    createdAt: now,
    updatedAt: now,
    stuckSince: null,
    finishedAt: null,
    durationMs: null,
  }
  const payload = known.compiled.payload(contextOf(inHand(record, known.compiled), []))
  return { ...record, payload: merged({}, payload) }
}
