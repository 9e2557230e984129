import type { TenantId, WorkflowId } from '@cadre/contract'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { compileDefinition } from './compile-definition.ts'
import type { CompiledWorkflow } from './compiled-workflow.ts'
import { workflowNotFound } from './workflow-errors.ts'
import { findIdById, findLatestId, findVersion, loadWorkflow } from './workflow-store.ts'
import { parseReference, type WorkflowRecord } from './workflow.ts'

/** Finds workflows for the hot paths: versions never change, so what was read once is kept. */
export interface WorkflowDirectory {
  /**
   * By id, by name (the greatest version) or by `name@version`. What a reference means is
   * remembered for a moment. Throws `workflow.not_found`.
   */
  resolve(tenantId: TenantId, reference: string): Promise<WorkflowRecord>
  /** The same as it is now, for those who look at the workflow itself. */
  read(tenantId: TenantId, reference: string): Promise<WorkflowRecord>
  /**
   * By id, deleted or not and whatever the tenant: for runs that began.
   * Throws `workflow.not_found`.
   */
  load(id: WorkflowId): Promise<WorkflowRecord>
  /** The version ready to run; compiled once and kept among the latest used. */
  compiled(workflow: WorkflowRecord): CompiledWorkflow
  /** Forgets what references mean: a workflow was published or deleted. */
  invalidate(): void
}

const REFERENCES_MAX = 10_000
/** Steps of all workflows that are kept in memory together: about a kilobyte each. */
const STEPS_MAX = 100_000

export const createWorkflowDirectory = (options: {
  db: Db
  clock: Clock
  /** How long a change made by another process may go unseen. */
  ttlMs: number
}): WorkflowDirectory => {
  const { db, clock } = options
  const meanings = new Map<string, { id: Promise<WorkflowId>; expiresAtMs: number }>()
  const records = leastRecentlyUsed<Promise<WorkflowRecord>>(STEPS_MAX)
  const compilations = leastRecentlyUsed<CompiledWorkflow>(STEPS_MAX)

  const find = async (tenantId: TenantId, text: string): Promise<WorkflowId> => {
    const reference = parseReference(text)
    const id =
      reference.kind === 'id'
        ? await findIdById(db.ofTenant(tenantId), tenantId, reference.id)
        : reference.kind === 'latest'
          ? await findLatestId(db.ofTenant(tenantId), tenantId, reference.name)
          : await presentVersion(tenantId, reference)
    if (id === null) throw workflowNotFound()
    return id
  }
  const presentVersion = async (tenantId: TenantId, wanted: { name: string; version: string }) => {
    const found = await findVersion(db.ofTenant(tenantId), tenantId, wanted)
    return found === null || found.isDeleted ? null : found.id
  }
  const remembered = (tenantId: TenantId, reference: string): Promise<WorkflowId> => {
    const key = `${tenantId} ${reference}`
    const nowMs = clock.now().getTime()
    const known = meanings.get(key)
    if (known !== undefined && known.expiresAtMs > nowMs) return known.id
    if (meanings.size >= REFERENCES_MAX) meanings.clear()
    const id = find(tenantId, reference)
    meanings.set(key, { id, expiresAtMs: nowMs + options.ttlMs })
    id.catch(() => meanings.delete(key))
    return id
  }
  const load = (id: WorkflowId): Promise<WorkflowRecord> => {
    const known = records.get(id)
    if (known !== undefined) return known
    const loading = loadWorkflow(db, id).then((record) => {
      if (record === null) throw workflowNotFound()
      records.weigh(id, record.definition.steps.length)
      return record
    })
    records.set(id, loading)
    loading.catch(() => records.delete(id))
    return loading
  }

  return {
    load,
    resolve: async (tenantId, reference) => load(await remembered(tenantId, reference)),
    read: async (tenantId, reference) => load(await find(tenantId, reference)),
    compiled: (workflow) => {
      const known = compilations.get(workflow.id)
      if (known !== undefined) return known
      const compiled = compileDefinition(workflow.definition)
      compilations.set(workflow.id, compiled)
      compilations.weigh(workflow.id, workflow.definition.steps.length)
      return compiled
    },
    invalidate: () => meanings.clear(),
  }
}

/** Keeps what was used last, of a total weight at the most; the latest entry always stays. */
const leastRecentlyUsed = <Value>(weightMax: number) => {
  const entries = new Map<string, { value: Value; weight: number }>()
  let total = 0
  const remove = (key: string) => {
    total -= entries.get(key)?.weight ?? 0
    entries.delete(key)
  }
  return {
    get: (key: string): Value | undefined => {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    set: (key: string, value: Value) => {
      remove(key)
      entries.set(key, { value, weight: 0 })
    },
    /** Tells the weight of an entry once it is known, and makes room. */
    weigh: (key: string, steps: number) => {
      const entry = entries.get(key)
      if (entry === undefined) return
      total += steps + 1 - entry.weight
      entry.weight = steps + 1
      for (const [oldest] of entries) {
        if (total <= weightMax || oldest === key) break
        remove(oldest)
      }
    },
    delete: remove,
  }
}
