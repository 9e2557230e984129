import { createHash } from 'node:crypto'
import type {
  ParsedWorkflowListQuery,
  TenantId,
  WorkflowProblem,
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
import { findStrangers } from './known-references.ts'
import type { DefinitionReader } from './definition-reader.ts'
import { formatOf, type GivenSource } from './language/given-source.ts'
import type { ReadDefinition } from './language/read-definition.ts'
import type { WorkflowDirectory } from './workflow-directory.ts'
import {
  definitionInvalid,
  versionDeleted,
  versionExists,
  versionNotNamed,
  workflowNotFound,
} from './workflow-errors.ts'
import { workflowResource } from './workflow-resource.ts'
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
      const definitionText = JSON.stringify(definition)
      const source = { text: given.text, format: given.format ?? formatOf(given.text) }
      const workflow: WorkflowRecord = {
        id: ids.workflow(),
        tenantId: owner.tenantId,
        definition,
        sha256: createHash('sha256').update(definitionText).digest('hex'),
        isSaga: isSagaDefinition(definition),
        ownerId: owner.id,
        ownerName: owner.name,
        createdAt: clock.now(),
      }
      authorise(owner, 'workflow.publish', workflowResource(workflow))
      await refuseRepeated(workflow)
      const warnings = await warningsOf(owner.tenantId, read)
      try {
        await db.ofTenant(owner.tenantId).transaction(async (tx) => {
          await store.insertWorkflow(tx, { ...workflow, source, definitionText })
          await note(tx, 'workflow.published', { workflow, by: owner })
        })
      } catch (error) {
        // Somebody else was faster.
        if (error instanceof ConstraintError && error.constraint === 'workflows_version_once')
          authorise(owner, 'workflow.publish', workflowResource(workflow))
        await refuseRepeated(workflow)
        throw error
      } finally {
        directory.invalidate()
      }
      return { workflow, source, warnings }
    },

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
      const { id, tenantId } = workflow
      await db.ofTenant(tenantId).transaction(async (tx) => {
        if (!(await store.markDeleted(tx, { tenantId, id, now: clock.now() })))
          throw workflowNotFound()
        await note(tx, 'workflow.deleted', { workflow, by })
      })
      directory.invalidate()
    },
  }
}
