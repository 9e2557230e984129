import { createHash } from 'node:crypto'
import type {
  ParsedWorkflowListQuery,
  TenantId,
  WorkflowProblem,
  WorkflowId,
  WorkflowReport,
} from '@cadre/contract'
import type { AgentService } from '#features/agents/index.ts'
import { authorise } from '#features/access/index.ts'
import { recordWithin } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import { ConstraintError, type Db, type Tx } from '#platform/db/db.ts'
import { appendEvents } from '#platform/events/event-store.ts'
import type { Ids } from '#platform/ids.ts'
import type { Principal } from '#platform/web/context.ts'
import { findStrangers, findUnknown } from './known-references.ts'
import type { WorkflowDefinition } from './definition.ts'
import type { DefinitionReader } from './definition-reader.ts'
import { formatOf, type GivenSource } from './language/given-source.ts'
import type { PlacedReference, ReadDefinition } from './language/read-definition.ts'
import { renamedSource } from './renamed-source.ts'
import type { WorkflowDirectory } from './workflow-directory.ts'
import {
  definitionCorrupt,
  definitionInvalid,
  versionDeleted,
  versionExists,
  versionNotNamed,
  workflowNotFound,
} from './workflow-errors.ts'
import { workflowResource } from './workflow-resource.ts'
import * as standing from './workflow-standing-store.ts'
import * as store from './workflow-store.ts'
import {
  isSagaDefinition,
  parseReference,
  type WorkflowRecord,
  type WorkflowSource,
} from './workflow.ts'

export interface Publication {
  workflow: WorkflowRecord
  source: WorkflowSource
  warnings: WorkflowProblem[]
}

export interface WorkflowServiceOptions {
  db: Db
  clock: Clock
  ids: Ids
  agents: Pick<AgentService, 'resolve' | 'offering'>
  directory: WorkflowDirectory
  reader: DefinitionReader
  /** Refuses names that may not be published under, in the transaction that would. */
  guardName?: (tx: Tx, workflow: { tenantId: TenantId; name: string }) => Promise<void>
  /** Runs in the transaction that deletes a workflow. */
  onDeleted?: (tx: Tx, workflow: { tenantId: TenantId; id: WorkflowId }) => Promise<void>
}

export type WorkflowService = ReturnType<typeof createWorkflowService>

/** What people do with definitions. Running them is another room. */
export const createWorkflowService = (options: WorkflowServiceOptions) => {
  const { db, clock, ids, directory, reader } = options

  const warningsOf = async (tenantId: TenantId, { warnings, references }: ReadDefinition) =>
    [...warnings, ...(await findStrangers(options, tenantId, references))].toSorted(
      (left, right) => left.line - right.line || left.column - right.column,
    )
  const note = async (
    tx: Tx,
    type: 'workflow.published' | 'workflow.deleted',
    { workflow, by }: { workflow: WorkflowRecord; by: Principal },
  ) => {
    await appendEvents(tx, [
      {
        tenantId: workflow.tenantId,
        type,
        subjectId: workflow.id,
        at: clock.now(),
        data: {
          workflow_id: workflow.id,
          workflow_name: workflow.definition.name,
          workflow_version: workflow.definition.version,
          actor_id: by.id,
          actor_name: by.name,
        },
      },
    ])
    const { name, version } = workflow.definition
    const isDeletion = type === 'workflow.deleted'
    await recordWithin(tx, {
      tenantId: workflow.tenantId,
      at: clock.now(),
      action: isDeletion ? 'workflow.delete' : 'workflow.publish',
      resource: { kind: 'workflow', id: workflow.id, name: `${name}@${version}` },
      [isDeletion ? 'before' : 'after']: { sha256: workflow.sha256 },
    })
  }
  const refuseRepeated = async (workflow: WorkflowRecord): Promise<void> => {
    const { name, version } = workflow.definition
    const present = await store.findVersion(db.ofTenant(workflow.tenantId), workflow.tenantId, {
      name,
      version,
    })
    if (present === null) return
    throw present.isDeleted
      ? versionDeleted(name, version)
      : versionExists(name, version, present.sha256 === workflow.sha256)
  }

  const build = (owner: Principal, definition: WorkflowDefinition): WorkflowRecord => ({
    id: ids.workflow(),
    tenantId: owner.tenantId,
    definition,
    sha256: sha256Of(definition),
    isSaga: isSagaDefinition(definition),
    ownerId: owner.id,
    ownerName: owner.name,
    createdAt: clock.now(),
  })
  const insert = async (
    by: Principal,
    { workflow, source }: { workflow: WorkflowRecord; source: WorkflowSource },
    within: (tx: Tx, workflow: WorkflowRecord) => Promise<void>,
  ): Promise<void> => {
    const definitionText = JSON.stringify(workflow.definition)
    try {
      await db.ofTenant(by.tenantId).transaction(async (tx) => {
        await store.insertWorkflow(tx, { ...workflow, source, definitionText })
        await note(tx, 'workflow.published', { workflow, by })
        await within(tx, workflow)
      })
    } finally {
      directory.invalidate()
    }
  }
  const guardName = async (tx: Tx, { tenantId, definition }: WorkflowRecord): Promise<void> =>
    options.guardName?.(tx, { tenantId, name: definition.name })
  const removeAll = async (
    by: Principal,
    workflows: readonly WorkflowRecord[],
    within: (tx: Tx) => Promise<void> = async () => {},
  ): Promise<void> => {
    const { tenantId } = by
    await db.ofTenant(tenantId).transaction(async (tx) => {
      for (const workflow of workflows) {
        const { id } = workflow
        if (!(await store.markDeleted(tx, { tenantId, id, now: clock.now() })))
          throw workflowNotFound()
        await options.onDeleted?.(tx, workflow)
        await note(tx, 'workflow.deleted', { workflow, by })
      }
      await within(tx)
    })
    directory.invalidate()
  }

  return {
    /** Everything that is wrong with a definition, and what is worth a look. Changes nothing. */
    lint: async (tenantId: TenantId, source: GivenSource): Promise<WorkflowReport> => {
      const read = await reader.read(source)
      return { problems: read.problems, warnings: await warningsOf(tenantId, read) }
    },

    /** @throws AppError 422 with every problem, 409 when the version was ever published */
    publish: async (owner: Principal, given: GivenSource): Promise<Publication> => {
      const read = await reader.read(given)
      const { definition } = read
      if (definition === null) throw definitionInvalid(read.problems)
      const source = { text: given.text, format: given.format ?? formatOf(given.text) }
      const workflow = build(owner, definition)
      authorise(owner, 'workflow.publish', workflowResource(workflow))
      await refuseRepeated(workflow)
      const warnings = await warningsOf(owner.tenantId, read)
      try {
        await insert(owner, { workflow, source }, (tx) => guardName(tx, workflow))
      } catch (error) {
        // Somebody else was faster.
        if (error instanceof ConstraintError && error.constraint === 'workflows_version_once')
          authorise(owner, 'workflow.publish', workflowResource(workflow))
        await refuseRepeated(workflow)
        throw error
      }
      return { workflow, source, warnings }
    },

    /**
     * Makes a workflow of a release's definition, under a name of the tenant's choice; or brings
     * one back that was deleted and says the same.
     * @param within runs in the transaction that makes it
     * @returns it, and what it names outside of itself that is not there yet
     * @throws AppError `workflow.definition_corrupt`, `workflow.version_exists`
     */
    adopt: async (
      owner: Principal,
      given: { name: string; version: string; source: WorkflowSource; sha256: string },
      within: (tx: Tx, workflow: WorkflowRecord) => Promise<void>,
    ): Promise<{ workflow: WorkflowRecord; missing: PlacedReference[] }> => {
      const read = await reader.read(given.source)
      const found = read.definition && sha256Of(read.definition)
      if (read.definition === null || found !== given.sha256)
        throw definitionCorrupt(given.sha256, found)
      const isRenamed = given.name !== read.definition.name
      const source = isRenamed ? renamedSource(given.source, given.name) : given.source
      let workflow = build(owner, { ...read.definition, name: given.name })
      const deleted = await store.findVersion(db.ofTenant(owner.tenantId), owner.tenantId, given)
      if (deleted?.isDeleted && deleted.sha256 === workflow.sha256) {
        const revived = { ...workflow, id: deleted.id }
        workflow = revived
        await db.ofTenant(owner.tenantId).transaction(async (tx) => {
          if (!(await standing.reviveWorkflow(tx, revived)))
            throw versionExists(given.name, given.version, true)
          await note(tx, 'workflow.published', { workflow: revived, by: owner })
          await within(tx, revived)
        })
      } else {
        await refuseRepeated(workflow)
        await insert(owner, { workflow, source }, within).catch(async (error: unknown) => {
          await refuseRepeated(workflow)
          throw error
        })
      }
      directory.invalidate()
      const missing = await findUnknown(options, owner.tenantId, read.references)
      return { workflow, missing }
    },

    /** Whose ever it is, deleted or not: for those who install what was released. */
    sourceOf: (id: WorkflowId): Promise<WorkflowSource | null> => store.readSource(db, id),
    idsOfName: (tx: Tx, workflow: { tenantId: TenantId; name: string }) =>
      standing.findIdsOfName(tx, workflow.tenantId, workflow.name),
    /** Out of the way of a lower version, or what its name means. */
    setAside: (tx: Tx, workflow: { tenantId: TenantId; id: WorkflowId }, isSetAside: boolean) =>
      standing.setAside(tx, { ...workflow, isSetAside }),
    /** What was done within a transaction of another room's is known here from now on. */
    forget: directory.invalidate,

    /** By id, name (the greatest version) or `name@version`. Throws `workflow.not_found`. */
    read: directory.read,

    readSource: async (workflow: WorkflowRecord): Promise<WorkflowSource> => {
      const source = await store.readSource(db.ofTenant(workflow.tenantId), workflow.id)
      if (source === null) throw workflowNotFound()
      return source
    },

    list: (tenantId: TenantId, query: ParsedWorkflowListQuery & { after: string | null }) =>
      store.listLatest(db.ofTenant(tenantId), tenantId, query),

    versions: async (
      tenantId: TenantId,
      query: { reference: string; limit: number; after: string | null },
    ) => {
      const { definition } = await directory.read(tenantId, query.reference)
      return store.listVersions(db.ofTenant(tenantId), tenantId, {
        ...query,
        name: definition.name,
      })
    },

    /**
     * Runs that began go on, and the version is never used again.
     * @throws AppError 422 when the reference names no version
     */
    remove: async (by: Principal, reference: string): Promise<void> => {
      const workflow = await directory.read(by.tenantId, reference)
      if (parseReference(reference).kind === 'latest')
        throw versionNotNamed(workflow.definition.name)
      await removeAll(by, [workflow])
    },
    /** Several of a tenant at once, or none of them. */
    removeAll,
  }
}

const sha256Of = (definition: WorkflowDefinition): string =>
  createHash('sha256').update(JSON.stringify(definition)).digest('hex')
