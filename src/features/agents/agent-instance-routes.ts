import { AgentInstanceList, boundedText, InstanceReported, ReportInstance } from '@cadre/contract'
import { z } from 'zod'
import { authorise, authoriseSome } from '#features/access/index.ts'
import type { Principal } from '#platform/web/context.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import { agentNotFound, notRemote } from './agent-errors.ts'
import { REPORT_SECONDS, type AgentInstances } from './agent-instances.ts'
import { agentResource } from './agent-resource.ts'
import type { AgentService } from './agent-service.ts'

const TAG = 'Agents'
const byId = { params: z.object({ id: boundedText(200, 1) }) }
const byInstance = {
  params: z.object({
    id: boundedText(200, 1),
    instance: z.guid().toLowerCase().meta({ description: 'Chosen by the process at its start' }),
  }),
}

const list = documented(
  {
    summary: 'List the processes of a remote agent',
    tag: TAG,
    description: 'Those that are connected, and for ten minutes those that fell silent.',
    refusals: [404],
  },
  {
    method: 'get',
    path: '/agents/{id}/instances',
    request: byId,
    responses: { 200: answers(AgentInstanceList, 'Connected ones first') },
  },
)
const report = documented(
  {
    summary: 'Say that a process of a remote agent is there',
    tag: TAG,
    description:
      'Repeated by the process itself. Only for people to see: who is silent gets work all the same.',
    refusals: [404, 409, 422],
  },
  {
    method: 'put',
    path: '/agents/{id}/instances/{instance}',
    request: { ...byInstance, body: takes(ReportInstance) },
    responses: { 200: answers(InstanceReported, 'Noted') },
  },
)
const remove = documented(
  {
    summary: 'Say that a process of a remote agent ends',
    tag: TAG,
    description: 'Idempotent.',
    refusals: [404, 409, 422],
  },
  {
    method: 'delete',
    path: '/agents/{id}/instances/{instance}',
    request: byInstance,
    responses: { 204: { description: 'Forgotten' } },
  },
)

export interface AgentInstanceRouteOptions {
  agents: AgentService
  instances: AgentInstances
}

export const agentInstanceRoutes = ({ agents, instances }: AgentInstanceRouteOptions) => {
  const router = createRouter()
  const serving = async (principal: Principal, reference: string) => {
    authoriseSome(principal, 'agent.serve')
    const agent = await agents.resolve(principal.tenantId, reference)
    authorise(principal, 'agent.serve', agentResource(agent))
    if (agent.runtime !== 'remote') throw notRemote()
    return agent
  }

  router.openapi(list, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'agent.read')
    const agent = await agents.read(principal.tenantId, context.req.valid('param').id)
    authorise(principal, 'agent.read', agentResource(agent), agentNotFound)
    return context.json({ items: await instances.list(agent), next_cursor: null }, 200)
  })

  router.openapi(report, async (context) => {
    const { id, instance } = context.req.valid('param')
    const agent = await serving(context.get('principal'), id)
    await agents.presence.seen(agent)
    await instances.report(agent, instance, context.req.valid('json'))
    return context.json({ next_report_seconds: REPORT_SECONDS }, 200)
  })

  router.openapi(remove, async (context) => {
    const { id, instance } = context.req.valid('param')
    await instances.remove(await serving(context.get('principal'), id), instance)
    return context.body(null, 204)
  })
  return router
}
