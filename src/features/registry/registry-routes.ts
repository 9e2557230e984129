import { boundedText, RegistryKey, RegistryKeyList, TrustKey } from '@cadre/contract'
import { z } from 'zod'
import { authorise } from '#features/access/index.ts'
import type { Principal } from '#platform/web/context.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import { keyNotFound, notOperator } from './registry-errors.ts'
import { registryKeyView } from './registry-key.ts'
import type { RegistryKeyService } from './registry-key-service.ts'

const TAG = 'Marketplace'

const list = documented(
  {
    summary: 'Keys that sign what is published',
    tag: TAG,
    description: 'Those of this installation, those of others that it trusts, and revoked ones.',
  },
  {
    method: 'get',
    path: '/marketplace/keys',
    responses: { 200: answers(RegistryKeyList, 'The newest first') },
  },
)
const trust = documented(
  {
    summary: 'Trust a key of another installation',
    tag: TAG,
    description: 'For the operator. What the key signs may be installed and run here from then on.',
    refusals: [409, 422],
  },
  {
    method: 'post',
    path: '/marketplace/keys',
    request: { body: takes(TrustKey) },
    responses: { 201: answers(RegistryKey, 'Trusted') },
  },
)
const rotate = documented(
  {
    summary: 'Have another key sign from now on',
    tag: TAG,
    description: 'For the operator. What the key before signed stays good until that is revoked.',
    refusals: [409],
  },
  {
    method: 'post',
    path: '/marketplace/keys/rotate',
    responses: { 201: answers(RegistryKey, 'The key that signs now') },
  },
)
const revoke = documented(
  {
    summary: 'Revoke a key',
    tag: TAG,
    description:
      'For the operator. Nothing that it signed runs from then on, and it is never trusted again. Idempotent; the key that signs now is not revoked but rotated first.',
    refusals: [404, 409],
  },
  {
    method: 'delete',
    path: '/marketplace/keys/{id}',
    request: { params: z.object({ id: boundedText(64, 1) }) },
    responses: { 204: { description: 'Revoked' } },
  },
)

/** @param platformTenantId the tenant whose administrators govern what all tenants share */
export const registryRoutes = (keys: RegistryKeyService, platformTenantId: string) => {
  const router = createRouter()
  /** What only the operator may touch is absent to those who govern another tenant. */
  const operator = (principal: Principal, refusal: () => Error = notOperator): Principal => {
    authorise(principal, 'registry.manage')
    if (principal.tenantId !== platformTenantId) throw refusal()
    return principal
  }

  router.openapi(list, async (context) => {
    authorise(context.get('principal'), 'marketplace.read')
    const found = await keys.list()
    return context.json({ items: found.map(registryKeyView), next_cursor: null }, 200)
  })

  router.openapi(trust, async (context) => {
    const by = operator(context.get('principal'))
    const { name, public_key } = context.req.valid('json')
    const key = await keys.trust(by, { name, publicKeyText: public_key })
    return context.json(registryKeyView(key), 201)
  })

  router.openapi(rotate, async (context) => {
    const by = operator(context.get('principal'))
    return context.json(registryKeyView(await keys.rotate(by)), 201)
  })

  router.openapi(revoke, async (context) => {
    const by = operator(context.get('principal'), keyNotFound)
    await keys.revoke(by, context.req.valid('param').id)
    return context.body(null, 204)
  })
  return router
}
