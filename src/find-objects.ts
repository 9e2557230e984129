import type { RunId, TaskId } from '@cadre/contract'
import {
  findGrant,
  findPolicy,
  grantResource,
  neutralResource,
  policyResource,
  roleResource,
  workflowsOfRuns,
  type Entity,
  type FindResource,
  type Resource,
} from './features/access/index.ts'
import { agentResource, type AgentService } from './features/agents/index.ts'
import { findMemberResource } from './features/identity/index.ts'
import { queueResource } from './features/queues/index.ts'
import { runResource, type RunService } from './features/runs/index.ts'
import { scheduleResource, type createScheduleService } from './features/schedules/index.ts'
import { findTask, taskResource } from './features/tasks/index.ts'
import { webhookResource, type createWebhookService } from './features/webhooks/index.ts'
import { workflowResource, type WorkflowDirectory } from './features/workflows/index.ts'
import type { Db } from './platform/db/db.ts'
import { isAppError } from './platform/errors.ts'

export interface ObjectPlaces {
  db: Db
  agents: Pick<AgentService, 'read'>
  workflows: { directory: Pick<WorkflowDirectory, 'read'> }
  runs: { runs: Pick<RunService, 'read'> }
  schedules: Pick<ReturnType<typeof createScheduleService>, 'read'>
  webhooks: Pick<ReturnType<typeof createWebhookService>, 'read'>
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** Finds any object of a tenant as decisions see it, to explain one. */
export const findObjects = (places: ObjectPlaces): FindResource => {
  const { db } = places
  const find = async (
    tenantId: Parameters<FindResource>[0],
    { type, id }: Entity,
  ): Promise<Resource | null> => {
    switch (type) {
      case 'Agent':
        return agentResource(await places.agents.read(tenantId, id))
      case 'Workflow':
        return workflowResource(await places.workflows.directory.read(tenantId, id))
      case 'Schedule':
        return scheduleResource(await places.schedules.read(tenantId, id))
      case 'Webhook':
        return webhookResource(await places.webhooks.read(tenantId, id))
      case 'Queue':
        return queueResource(id, tenantId)
      case 'Role':
        return roleResource(id)
      default:
        return UUID.test(id) ? findById(tenantId, { type, id: id.toLowerCase() }) : null
    }
  }
  const findById: FindResource = async (tenantId, { type, id }) => {
    switch (type) {
      case 'Run':
        return runResource(await places.runs.runs.read(tenantId, id as RunId))
      case 'Task': {
        const task = await findTask(db.ofTenant(tenantId), tenantId, id as TaskId)
        if (task === null) return null
        const runIds = task.runId === null ? [] : [task.runId]
        return taskResource(task, await workflowsOfRuns(db.ofTenant(tenantId), tenantId, runIds))
      }
      case 'Member':
        return findMemberResource(db, tenantId, id)
      case 'Grant': {
        const grant = await findGrant(db.ofTenant(tenantId), tenantId, id)
        return grant && grantResource(grant)
      }
      case 'Policy': {
        const policy = await findPolicy(db.ofTenant(tenantId), tenantId, id)
        return policy && policyResource(policy)
      }
      default:
        // Of these kinds, decisions see nothing but the type.
        return neutralResource(type, id)
    }
  }
  return (tenantId, object) =>
    find(tenantId, object).catch((error: unknown) => {
      if (isAppError(error) && error.kind === 'not_found') return null
      throw error
    })
}
