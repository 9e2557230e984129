import {
  ChangeTenant,
  CreatedTenant,
  CreateTenant,
  DeleteTenantQuery,
  SuspendTenant,
  Tenant,
  TenantId,
  TenantList,
  TenantListQuery,
} from '@cadre/contract'
import { z } from 'zod'
import { answers, documented, takes } from '#platform/web/router.ts'

// What the routes of tenants take and answer. The handlers are in `tenant-handlers.ts`.

const TAG = 'Tenants'
/** Documentation only: as a type, the name would stand for one JSON document. */
const AS_LINES = {
  content: { 'application/x-ndjson': { schema: z.string() } },
} as Record<never, never>

const byId = { params: z.object({ id: TenantId }) }

export const createTenant = documented(
  {
    summary: 'Create a tenant and its first administrator',
    tag: TAG,
    description: "For the platform's administrators. The key is answered this once.",
    refusals: [409, 422],
  },
  {
    method: 'post',
    path: '/tenants',
    request: { body: takes(CreateTenant) },
    responses: { 201: answers(CreatedTenant, 'Created') },
  },
)

export const listTenants = documented(
  {
    summary: 'List tenants',
    tag: TAG,
    description: "All of them for the platform's administrators, for others their own.",
    refusals: [422],
  },
  {
    method: 'get',
    path: '/tenants',
    request: { query: TenantListQuery },
    responses: { 200: answers(TenantList, 'One page, by name') },
  },
)

export const readTenant = documented(
  { summary: 'Read a tenant', tag: TAG, refusals: [404] },
  {
    method: 'get',
    path: '/tenants/{id}',
    request: byId,
    responses: { 200: answers(Tenant, 'The tenant') },
  },
)

export const changeTenant = documented(
  { summary: 'Change a tenant', tag: TAG, refusals: [404, 422] },
  {
    method: 'patch',
    path: '/tenants/{id}',
    request: { ...byId, body: takes(ChangeTenant) },
    responses: { 200: answers(Tenant, 'Changed') },
  },
)

export const suspendTenant = documented(
  {
    summary: 'Suspend a tenant',
    tag: TAG,
    description:
      'At once, nothing of it begins: its callers are answered 403 `tenant.suspended`, its tasks wait, its schedules and webhooks do not fire. What is under way may end and report. Nothing is lost.',
    refusals: [404, 409, 422],
  },
  {
    method: 'post',
    path: '/tenants/{id}/suspend',
    request: { ...byId, body: takes(SuspendTenant) },
    responses: { 200: answers(Tenant, 'Suspended') },
  },
)

export const resumeTenant = documented(
  { summary: 'Resume a suspended tenant', tag: TAG, refusals: [404, 409] },
  {
    method: 'post',
    path: '/tenants/{id}/resume',
    request: byId,
    responses: { 200: answers(Tenant, 'Everything goes on') },
  },
)

export const exportTenant = documented(
  {
    summary: 'Export everything of a tenant',
    tag: TAG,
    description:
      'Newline-delimited JSON: a line that says what this is, a line for each row of each table without secrets, and a last line with the number of rows of each table. Without that last line the export is not whole.',
    refusals: [404],
  },
  {
    method: 'get',
    path: '/tenants/{id}/export',
    request: byId,
    responses: {
      200: { description: 'The export', ...AS_LINES },
    },
  },
)

export const deleteTenant = documented(
  {
    summary: 'Delete a suspended tenant for good',
    tag: TAG,
    description:
      'Goes on in the background; when it is done, the id is unknown, and nothing of the tenant is left but the audit records of the platform.',
    refusals: [404, 409, 422],
  },
  {
    method: 'delete',
    path: '/tenants/{id}',
    request: { ...byId, query: DeleteTenantQuery },
    responses: { 202: answers(Tenant, 'The deletion has begun') },
  },
)
