import { boundedText, ChangeQueue, Queue, QueueList, type TenantId } from '@cadre/contract'
import { z } from 'zod'
import { authorise, authoriseSome, permittedOnes } from '#features/access/index.ts'
import type { Principal } from '#platform/web/context.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import { queueNotFound, queueShared } from './queue-errors.ts'
import { queueResource } from './queue-resource.ts'
import type { QueueService } from './queue-service.ts'

const TAG = 'Queues'
const byName = { params: z.object({ name: boundedText(300, 1) }) }

const list = documented(
  { summary: 'List queues', tag: TAG },
  { method: 'get', path: '/queues', responses: { 200: answers(QueueList, 'By name') } },
)
const read = documented(
  { summary: 'Read a queue', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/queues/{name}',
    request: byName,
    responses: { 200: answers(Queue, 'The queue') },
  },
)
const change = documented(
  {
    summary: 'Change what a queue allows',
    tag: TAG,
    description: 'Limits hold for every task that starts from now on. Null lifts a limit.',
    refusals: [404, 422],
  },
  {
    method: 'patch',
    path: '/queues/{name}',
    request: { ...byName, body: takes(ChangeQueue) },
    responses: { 200: answers(Queue, 'The queue as it is now') },
  },
)
const pause = documented(
  { summary: 'Pause a queue: nothing of it starts', tag: TAG, refusals: [404] },
  {
    method: 'post',
    path: '/queues/{name}/pause',
    request: byName,
    responses: { 200: answers(Queue, 'Paused; what runs goes on') },
  },
)
const resume = documented(
  { summary: 'Resume a paused queue', tag: TAG, refusals: [404] },
  {
    method: 'post',
    path: '/queues/{name}/resume',
    request: byName,
    responses: { 200: answers(Queue, 'Its tasks start again') },
  },
)

/** @param platformTenantId the tenant whose administrators govern what all tenants share */
export const queueRoutes = (queues: QueueService, platformTenantId: TenantId) => {
  const router = createRouter()
  const changed = async (principal: Principal, name: string, body: ChangeQueue) => {
    const resource = queueResource(name, principal.tenantId)
    authoriseSome(principal, 'queue.manage')
    authorise(principal, 'queue.manage', resource, queueNotFound)
    if (await queues.isShared(principal.tenantId, name)) {
      authorise(principal, 'queue.manage_shared', resource)
      if (principal.tenantId !== platformTenantId) throw queueShared()
    }
    await queues.change(principal.tenantId, name, body)
    return queues.read(principal.tenantId, name)
  }

  router.openapi(list, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'queue.read')
    const all = await queues.list(principal.tenantId)
    const items = permittedOnes(principal, 'queue.read', all, (queue) =>
      queueResource(queue.name, principal.tenantId),
    )
    return context.json({ items, next_cursor: null }, 200)
  })

  router.openapi(read, async (context) => {
    const principal = context.get('principal')
    const { name } = context.req.valid('param')
    authoriseSome(principal, 'queue.read')
    authorise(principal, 'queue.read', queueResource(name, principal.tenantId), queueNotFound)
    return context.json(await queues.read(principal.tenantId, name), 200)
  })

  router.openapi(change, async (context) => {
    const { name } = context.req.valid('param')
    return context.json(
      await changed(context.get('principal'), name, context.req.valid('json')),
      200,
    )
  })

  router.openapi(pause, async (context) => {
    const { name } = context.req.valid('param')
    return context.json(await changed(context.get('principal'), name, { is_paused: true }), 200)
  })

  router.openapi(resume, async (context) => {
    const { name } = context.req.valid('param')
    return context.json(await changed(context.get('principal'), name, { is_paused: false }), 200)
  })
  return router
}
