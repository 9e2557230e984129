import {
  ApiKeyList,
  ApiKeyListQuery,
  ChangeServiceAccount,
  CreateApiKey,
  CreatedApiKey,
  CreateServiceAccount,
  RotateApiKey,
  ServiceAccount,
  ServiceAccountList,
  ServiceAccountListQuery,
  type ApiKey,
} from '@cadre/contract'
import { z } from 'zod'
import { authorise } from '#features/access/index.ts'
import type { Db } from '#platform/db/db.ts'
import { decodeCursor } from '#platform/web/cursor.ts'
import { pageById } from '#platform/web/page.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import type { KeyService } from './key-service.ts'
import type { KeyRecord } from './key-store.ts'
import { memberAccess } from './member-access.ts'
import type { MemberService } from './member-service.ts'
import type { MemberRecord } from './member-store.ts'

const TAG = 'Keys'
const byId = { params: z.object({ id: z.guid() }) }

const createAccount = documented(
  { summary: 'Create a service account', tag: TAG, refusals: [409, 422] },
  {
    method: 'post',
    path: '/service-accounts',
    request: { body: takes(CreateServiceAccount) },
    responses: { 201: answers(ServiceAccount, 'Created; give it a key') },
  },
)
const listAccounts = documented(
  { summary: 'List service accounts', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/service-accounts',
    request: { query: ServiceAccountListQuery },
    responses: { 200: answers(ServiceAccountList, 'One page, the newest first') },
  },
)
const getAccount = documented(
  { summary: 'Get a service account', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/service-accounts/{id}',
    request: byId,
    responses: { 200: answers(ServiceAccount, 'The service account') },
  },
)
const changeAccount = documented(
  {
    summary: 'Rename a service account, change its role, or disable it',
    tag: TAG,
    description: 'Takes effect at once. Disabled, its tokens end and its keys sleep.',
    refusals: [404, 409, 422],
  },
  {
    method: 'patch',
    path: '/service-accounts/{id}',
    request: { ...byId, body: takes(ChangeServiceAccount) },
    responses: { 200: answers(ServiceAccount, 'Changed') },
  },
)
const deleteAccount = documented(
  { summary: 'Delete a service account and its keys', tag: TAG, refusals: [404, 409] },
  {
    method: 'delete',
    path: '/service-accounts/{id}',
    request: byId,
    responses: { 204: { description: 'Deleted' } },
  },
)
const createKey = documented(
  {
    summary: 'Make a key, for yourself or for a service account',
    tag: TAG,
    description:
      'The key is answered this once. Scopes narrow what its owner’s role permits, and are never wider than those of what you ask with.',
    refusals: [404, 422],
  },
  {
    method: 'post',
    path: '/keys',
    request: { body: takes(CreateApiKey) },
    responses: { 201: answers(CreatedApiKey, 'Made') },
  },
)
const listKeys = documented(
  { summary: 'List keys', tag: TAG, refusals: [422] },
  {
    method: 'get',
    path: '/keys',
    request: { query: ApiKeyListQuery },
    responses: { 200: answers(ApiKeyList, 'One page, the newest first') },
  },
)
const revokeKey = documented(
  {
    summary: 'Revoke a key',
    tag: TAG,
    description: 'At once, with the sessions and tokens that it led to.',
    refusals: [404],
  },
  {
    method: 'delete',
    path: '/keys/{id}',
    request: byId,
    responses: { 204: { description: 'Revoked' } },
  },
)
const rotateKey = documented(
  {
    summary: 'Replace a key by another one of the same owner and scopes',
    tag: TAG,
    refusals: [404, 422],
  },
  {
    method: 'post',
    path: '/keys/{id}/rotate',
    request: { ...byId, body: takes(RotateApiKey) },
    responses: { 201: answers(CreatedApiKey, 'Made') },
  },
)

export interface KeyRouteOptions {
  db: Db
  keys: KeyService
  members: MemberService
}

export const keyRoutes = ({ db, keys, members }: KeyRouteOptions) => {
  const router = createRouter()
  const accounts = memberAccess(db, 'service')

  router.openapi(createAccount, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'member.manage')
    const account = await members.createServiceAccount(principal, context.req.valid('json'))
    return context.json(accountView(account), 201)
  })

  router.openapi(listAccounts, async (context) => {
    const { items, next_cursor } = await accounts.page(
      context.get('principal'),
      context.req.valid('query'),
    )
    return context.json({ items: items.map(accountView), next_cursor }, 200)
  })

  router.openapi(getAccount, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await accounts.authoriseOne(principal, 'member.read', id)
    return context.json(accountView(await accounts.read(principal, id)), 200)
  })

  router.openapi(changeAccount, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await accounts.authoriseOne(principal, 'member.manage', id)
    const change = context.req.valid('json')
    return context.json(accountView(await members.changeServiceAccount(principal, id, change)), 200)
  })

  router.openapi(deleteAccount, async (context) => {
    const principal = context.get('principal')
    const { id } = context.req.valid('param')
    await accounts.authoriseOne(principal, 'member.manage', id)
    await members.remove(principal, { kind: 'service', id })
    return context.body(null, 204)
  })

  router.openapi(createKey, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'key.manage_own')
    const { key, record } = await keys.create(principal, context.req.valid('json'))
    return context.json({ key, api_key: keyView(record) }, 201)
  })

  router.openapi(listKeys, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'key.manage_own')
    const { limit, cursor, of } = context.req.valid('query')
    const after = decodeCursor(cursor, ['uuid'])
    return context.json(
      pageById(await keys.list(principal, of, { limit, after }), limit, keyView),
      200,
    )
  })

  router.openapi(revokeKey, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'key.manage_own')
    await keys.revoke(principal, context.req.valid('param').id)
    return context.body(null, 204)
  })

  router.openapi(rotateKey, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'key.manage_own')
    const { overlap_seconds } = context.req.valid('json')
    const { id } = context.req.valid('param')
    const { key, record } = await keys.rotate(principal, id, overlap_seconds)
    return context.json({ key, api_key: keyView(record) }, 201)
  })
  return router
}

const accountView = ({ principal, isDisabled, createdAt }: MemberRecord): ServiceAccount => ({
  id: principal.id,
  name: principal.name,
  role: principal.role,
  is_disabled: isDisabled,
  created_at: createdAt.toISOString(),
})

const keyView = (key: KeyRecord): ApiKey => ({
  id: key.id,
  prefix: key.prefix,
  label: key.label,
  principal_id: key.owner.id,
  principal_name: key.owner.name,
  scopes: key.scopes,
  expires_at: key.expiresAt?.toISOString() ?? null,
  last_used_at: key.lastUsedAt?.toISOString() ?? null,
  created_by_name: key.createdByName,
  created_at: key.createdAt.toISOString(),
})
