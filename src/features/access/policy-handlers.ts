import type { Json, Policy } from '@cadre/contract'
import type { Db } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { createRouter } from '#platform/web/router.ts'
import { policyNotFound } from './access-errors.ts'
import { policyResource } from './access-resources.ts'
import * as routes from './access-routes.ts'
import { ACTIONS, type Action } from './actions.ts'
import { authorise, authoriseOn, authoriseSome, permittedOnes } from './authorise.ts'
import { loadCedar } from './cedar.ts'
import { cedarSchema } from './cedar-schema.ts'
import type { createExplain } from './explain.ts'
import type { PolicyService } from './policy-service.ts'
import { listPolicies, listVersions, type PolicyRecord } from './policy-store.ts'

export interface PolicyRouteOptions {
  db: Db
  policies: PolicyService
  explain: ReturnType<typeof createExplain>
}

export const policyRoutes = ({ db, policies, explain }: PolicyRouteOptions) => {
  const router = createRouter()

  const authoriseOne = (principal: Principal, action: Action, id: string) =>
    authoriseOn(
      principal,
      action,
      async () => policyResource(await policies.read(principal, id)),
      policyNotFound,
    )

  router.openapi(routes.readPolicySchema, (context) => {
    authoriseSome(context.get('principal'), 'policy.read')
    return context.json(schemaAnswer(), 200)
  })

  router.openapi(routes.lintPolicy, (context) => {
    authoriseSome(context.get('principal'), 'policy.read')
    return context.json(policies.check(context.req.valid('json').text), 200)
  })

  router.openapi(routes.dryRunPolicy, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'policy.read')
    return context.json(await policies.dryRun(principal, context.req.valid('json')), 200)
  })

  router.openapi(routes.createPolicy, async (context) => {
    const principal = context.get('principal')
    const given = context.req.valid('json')
    const draft = policyResource({ id: '', name: given.name, activeVersion: null })
    authorise(principal, 'policy.manage', draft)
    return context.json(policyView(await policies.create(principal, given)), 201)
  })

  router.openapi(routes.listPolicies, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'policy.read')
    const { limit, cursor } = context.req.valid('query')
    const after = decodeCursor(cursor, ['uuid'])
    const found = await listPolicies(db.ofTenant(principal.tenantId), principal.tenantId, {
      limit,
      after,
    })
    const page = found.slice(0, limit)
    const last = found.length > limit ? page.at(-1) : undefined
    const items = permittedOnes(principal, 'policy.read', page, policyResource)
    const next_cursor = last ? encodeCursor([last.id]) : null
    return context.json({ items: items.map(policyView), next_cursor }, 200)
  })

  router.openapi(routes.readPolicy, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await authoriseOne(principal, 'policy.read', id)
    return context.json(policyView(await policies.read(principal, id)), 200)
  })

  router.openapi(routes.listPolicyVersions, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await authoriseOne(principal, 'policy.read', id)
    const { activeVersion } = await policies.read(principal, id)
    const versions = await listVersions(db.ofTenant(principal.tenantId), principal.tenantId, id)
    const items = versions.map((one) => ({
      version: one.version,
      text: one.text,
      is_active: one.version === activeVersion,
      created_by_name: one.createdByName,
      created_at: one.createdAt.toISOString(),
    }))
    return context.json({ items, next_cursor: null }, 200)
  })

  router.openapi(routes.revisePolicy, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await authoriseOne(principal, 'policy.manage', id)
    const policy = await policies.revise(principal, id, context.req.valid('json'))
    return context.json(policyView(policy), 200)
  })

  router.openapi(routes.activatePolicy, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await authoriseOne(principal, 'policy.manage', id)
    const { policy, run } = await policies.activate(principal, id, context.req.valid('json'))
    return context.json({ policy: policyView(policy), dry_run: run }, 200)
  })

  router.openapi(routes.deactivatePolicy, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await authoriseOne(principal, 'policy.manage', id)
    const { policy, run } = await policies.deactivate(principal, id, context.req.valid('json'))
    return context.json({ policy: policyView(policy), dry_run: run }, 200)
  })

  router.openapi(routes.deletePolicy, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await authoriseOne(principal, 'policy.manage', id)
    await policies.remove(principal, id)
    return context.body(null, 204)
  })

  // About oneself everybody may ask; the service decides about others.
  router.openapi(routes.explainAccess, async (context) =>
    context.json(await explain(context.get('principal'), context.req.valid('json')), 200),
  )
  return router
}

const schemaAnswer = () => {
  const schema = cedarSchema()
  const answer = loadCedar().schemaToText(schema)
  if (answer.type === 'failure') throw new Error('Broken invariant: our own schema is sound')
  return {
    text: answer.text.replaceAll('__cedar::', ''),
    json: schema as unknown as Json,
    actions: [...ACTIONS],
  }
}

const policyView = (policy: PolicyRecord): Policy => ({
  id: policy.id,
  name: policy.name,
  description: policy.description,
  version: policy.version,
  active_version: policy.activeVersion,
  text: policy.text,
  created_by_name: policy.createdByName,
  created_at: policy.createdAt.toISOString(),
  updated_at: policy.updatedAt.toISOString(),
})
