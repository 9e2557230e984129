import type { RunId, TenantId, WorkflowId } from '@cadre/contract'
import type { AgentRecord, AgentService } from '#features/agents/index.ts'
import type {
  CompiledWorkflow,
  WorkflowDirectory,
  WorkflowRecord,
} from '#features/workflows/index.ts'
import type { Db } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import { findOrigins, type RunOrigin } from './run-store.ts'
import { NESTING_MAX } from './run-limits.ts'

/** A workflow that a run is of, or may start. */
export interface KnownWorkflow {
  record: WorkflowRecord
  compiled: CompiledWorkflow
}

/** What moving some runs may need, looked up ahead of the transaction that moves them. */
export interface RunLookups {
  workflow(id: WorkflowId): KnownWorkflow
  /** By the reference that a step names it by; null when there is none such. */
  workflowNamed(tenantId: TenantId, reference: string): KnownWorkflow | null
  agentNamed(tenantId: TenantId, reference: string): AgentRecord | null
  /** What a run that existed before was started with. */
  trigger(runId: RunId): unknown
}

export interface RunLookupOptions {
  db: Db
  agents: Pick<AgentService, 'resolve'>
  workflows: WorkflowDirectory
}

const ORIGINS_MAX = 50_000
/** Of the triggers that are remembered, as JSON. */
const TRIGGER_BYTES_MAX = 64 * 1_048_576

export const createRunLookups = ({ db, agents, workflows }: RunLookupOptions) => {
  const origins = new Map<RunId, RunOrigin>()
  let triggerBytes = 0
  const references = new WeakMap<CompiledWorkflow, References>()

  const originsOf = async (runIds: readonly RunId[]): Promise<RunOrigin[]> => {
    const unknown = runIds.filter((id) => !origins.has(id))
    const found = unknown.length === 0 ? [] : await findOrigins(db, unknown)
    const known = runIds.flatMap((id) => origins.get(id) ?? [])
    remember(found)
    return [...known, ...found]
  }
  const remember = (found: readonly RunOrigin[]): void => {
    if (origins.size + found.length > ORIGINS_MAX || triggerBytes > TRIGGER_BYTES_MAX) {
      origins.clear()
      triggerBytes = 0
    }
    for (const origin of found) {
      origins.set(origin.id, origin)
      triggerBytes += origin.triggerBytes
    }
  }
  const referencesOf = (compiled: CompiledWorkflow): References => {
    const known = references.get(compiled)
    if (known !== undefined) return known
    const found = findReferences(compiled)
    references.set(compiled, found)
    return found
  }
  const absent = (code: string) => (error: unknown) => {
    if (isAppError(error, code)) return null
    throw error
  }

  const lookUp = async (
    starts: readonly { tenantId: TenantId; record: WorkflowRecord }[],
    known: readonly RunOrigin[] = [],
  ): Promise<RunLookups> => {
    const triggers = new Map(known.map(({ id, trigger }) => [id, trigger]))
    const byId = new Map<WorkflowId, KnownWorkflow>()
    const byName = new Map<string, KnownWorkflow | null>()
    const byAgent = new Map<string, AgentRecord | null>()
    const know = (record: WorkflowRecord): KnownWorkflow => {
      const known = byId.get(record.id) ?? { record, compiled: workflows.compiled(record) }
      byId.set(record.id, known)
      return known
    }
    let level = starts.map(({ tenantId, record }) => ({ tenantId, known: know(record) }))
    const seen = new Set<string>()
    // As deep as runs may nest: what lies deeper is refused when it would start.
    for (let nesting = 0; nesting <= NESTING_MAX && level.length > 0; nesting++) {
      const next: typeof level = []
      for (const { tenantId, known } of level) {
        if (seen.has(`${tenantId} ${known.record.id}`)) continue
        seen.add(`${tenantId} ${known.record.id}`)
        const { agents: agentNames, workflows: workflowNames } = referencesOf(known.compiled)
        for (const name of agentNames) {
          const key = `${tenantId} ${name}`
          if (!byAgent.has(key))
            byAgent.set(key, await agents.resolve(tenantId, name).catch(absent('agent.not_found')))
        }
        for (const name of workflowNames) {
          const key = `${tenantId} ${name}`
          if (byName.has(key)) continue
          const record = await workflows.resolve(tenantId, name).catch(absent('workflow.not_found'))
          const child = record === null ? null : know(record)
          byName.set(key, child)
          if (child !== null) next.push({ tenantId, known: child })
        }
      }
      level = next
    }
    return {
      workflow: (id) => {
        const known = byId.get(id)
        if (known === undefined) throw new Error(`Broken invariant: workflow ${id} was looked up`)
        return known
      },
      workflowNamed: (tenantId, reference) => byName.get(`${tenantId} ${reference}`) ?? null,
      agentNamed: (tenantId, reference) => byAgent.get(`${tenantId} ${reference}`) ?? null,
      trigger: (runId) => triggers.get(runId) ?? null,
    }
  }

  return {
    /** For runs that exist. */
    forRuns: async (runIds: readonly RunId[]): Promise<RunLookups> => {
      const known = await originsOf(runIds)
      const starts = await Promise.all(
        known.map(async ({ tenantId, workflowId }) => ({
          tenantId,
          record: await workflows.load(workflowId),
        })),
      )
      return lookUp(starts, known)
    },
    /** For runs that are to begin. */
    forWorkflows: (starts: readonly { tenantId: TenantId; record: WorkflowRecord }[]) =>
      lookUp(starts),
  }
}

interface References {
  agents: readonly string[]
  workflows: readonly string[]
}

const findReferences = ({ definition }: CompiledWorkflow): References => {
  const agents = new Set<string>()
  const workflows = new Set<string>()
  for (const { action, compensation } of definition.steps) {
    if (action.kind === 'agent' && action.agent !== null) agents.add(action.agent)
    if (action.kind === 'workflow') workflows.add(action.workflow)
    if (compensation !== null && compensation.agent !== null) agents.add(compensation.agent)
  }
  return { agents: [...agents], workflows: [...workflows] }
}
