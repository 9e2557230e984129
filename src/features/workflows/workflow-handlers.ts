import { WorkflowVersion, type PublishedWorkflow } from '@cadre/contract'
import type { Context } from 'hono'
import { authorise, authoriseOn, authoriseSome, permittedPage } from '#features/access/index.ts'
import { invalidField } from '#platform/errors.ts'
import type { AppEnv, Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import type { GivenSource } from './language/given-source.ts'
import { isObject } from '@cadre/contract/source'
import { workflowNotFound } from './workflow-errors.ts'
import { summaryResource, workflowResource } from './workflow-resource.ts'
import * as routes from './workflow-routes.ts'
import type { WorkflowRecord } from './workflow.ts'
import type { WorkflowService } from './workflow-service.ts'
import { summaryView, workflowView } from './workflow-view.ts'

const MEDIA_TYPES = { yaml: 'application/yaml', json: 'application/json' } as const

export const workflowRoutes = (workflows: WorkflowService) => {
  const router = createRouter()

  const readable = async (principal: Principal, reference: string): Promise<WorkflowRecord> => {
    authoriseSome(principal, 'workflow.read')
    const workflow = await workflows.read(principal.tenantId, reference)
    authorise(principal, 'workflow.read', workflowResource(workflow), workflowNotFound)
    return workflow
  }
  const publish = async (principal: Principal, given: GivenSource): Promise<PublishedWorkflow> => {
    authoriseSome(principal, 'workflow.publish')
    const { workflow, source, warnings } = await workflows.publish(principal, given)
    return { ...workflowView(workflow, source), warnings }
  }
  const lint = (principal: Principal, given: GivenSource) => {
    authoriseSome(principal, 'workflow.read')
    return workflows.lint(principal.tenantId, given)
  }

  // Ahead of the JSON forms of the same routes.
  router.use('/workflows', async (context, next) => {
    const given = await definitionAsItIs(context)
    if (given === null) return next()
    return context.json(await publish(context.get('principal'), given), 201)
  })
  router.use('/workflows/lint', async (context, next) => {
    const given = await definitionAsItIs(context)
    if (given === null) return next()
    return context.json(await lint(context.get('principal'), given), 200)
  })

  router.openapi(routes.publishWorkflow, async (context) => {
    const { source: text, format } = context.req.valid('json')
    return context.json(await publish(context.get('principal'), { text, format }), 201)
  })

  router.openapi(routes.lintWorkflow, async (context) => {
    const { source: text, format } = context.req.valid('json')
    return context.json(await lint(context.get('principal'), { text, format }), 200)
  })

  router.openapi(routes.listWorkflows, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'workflow.read')
    const query = context.req.valid('query')
    const { items, next } = await permittedPage(principal, 'workflow.read', {
      limit: query.limit,
      after: decodeCursor(query.cursor, ['text']),
      fetch: (after) => workflows.list(principal.tenantId, { ...query, after: after?.[0] ?? null }),
      placeOf: ({ name }) => [name] as const,
      resourcesOf: (found) => found.map(summaryResource),
    })
    return context.json(
      { items: items.map(summaryView), next_cursor: next && encodeCursor(next) },
      200,
    )
  })

  router.openapi(routes.readWorkflow, async (context) => {
    const principal = context.get('principal')
    const workflow = await readable(principal, context.req.valid('param').id)
    return context.json(workflowView(workflow, await workflows.readSource(workflow)), 200)
  })

  router.openapi(routes.readSource, async (context) => {
    const principal = context.get('principal')
    const workflow = await readable(principal, context.req.valid('param').id)
    const { text, format } = await workflows.readSource(workflow)
    return context.body(text, 200, { 'content-type': MEDIA_TYPES[format] })
  })

  router.openapi(routes.listVersions, async (context) => {
    const principal = context.get('principal')
    const { limit, cursor } = context.req.valid('query')
    const reference = context.req.valid('param').id
    await readable(principal, reference)
    const after = versionOf(decodeCursor(cursor, ['text']))
    const found = await workflows.versions(principal.tenantId, { reference, limit, after })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    return context.json(
      { items: page.map(summaryView), next_cursor: last ? encodeCursor([last.version]) : null },
      200,
    )
  })

  router.openapi(routes.deleteWorkflow, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    const find = async () => workflowResource(await workflows.read(principal.tenantId, id))
    await authoriseOn(principal, 'workflow.delete', find, workflowNotFound)
    await workflows.remove(principal, id)
    return context.body(null, 204)
  })
  return router
}

/** A body that is a definition, as YAML or JSON; null when it is a form that holds one. */
const definitionAsItIs = async ({ req }: Context<AppEnv>): Promise<GivenSource | null> => {
  if (req.method !== 'POST') return null
  const mediaType = req.header('content-type')?.toLowerCase() ?? ''
  if (mediaType.includes('yaml')) return { text: await req.text(), format: 'yaml' }
  if (!mediaType.includes('json')) return null
  const body: unknown = await req.json()
  const isForm = !isObject(body) || Object.hasOwn(body, 'source')
  return isForm ? null : { text: await req.text(), format: 'json' }
}

const versionOf = (cursor: readonly [string] | null): string | null => {
  if (cursor === null) return null
  const version = WorkflowVersion.safeParse(cursor[0])
  if (!version.success) throw invalidField('cursor', 'is not a cursor of this list')
  return version.data
}
