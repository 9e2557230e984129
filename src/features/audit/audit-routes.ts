import { Readable } from 'node:stream'
import { AuditListQuery, AuditRecordList, AuditVerification, AuditWalkQuery } from '@cadre/contract'
import type { ParsedAuditListQuery } from '@cadre/contract'
import { z } from 'zod'
import type { Db } from '#platform/db/db.ts'
import type { Principal } from '#platform/web/context.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import { answers, createRouter, documented } from '#platform/web/router.ts'
import { listRecords, type AuditFilter } from './audit-store.ts'
import { exportChain } from './export-chain.ts'
import { verifyChain } from './verify-chain.ts'

const TAG = 'Audit'

/** Documentation only: as a type, the name would stand for one JSON document. */
const AS_LINES = {
  content: { 'application/x-ndjson': { schema: z.string() } },
} as Record<never, never>

const list = documented(
  {
    summary: 'List audit records',
    tag: TAG,
    description: 'Administrative changes and refusals, with who, from where, and what changed.',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/audit',
    request: { query: AuditListQuery },
    responses: { 200: answers(AuditRecordList, 'One page, the newest first') },
  },
)
const exportAll = documented(
  {
    summary: 'Export the audit log',
    tag: TAG,
    description:
      'One record per line, the oldest first. The last line says between which places of the chain they stand; a file without it was cut short.',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/audit/export',
    request: { query: AuditWalkQuery },
    responses: {
      200: {
        description: 'Newline-delimited JSON',
        ...AS_LINES,
      },
    },
  },
)
const verify = documented(
  {
    summary: 'Verify the audit log',
    tag: TAG,
    description: 'Walks the chain of hashes and answers the first record at which it breaks.',
    refusals: [422],
  },
  {
    method: 'get',
    path: '/audit/verify',
    request: { query: AuditWalkQuery },
    responses: { 200: answers(AuditVerification, 'Sound, or broken and where') },
  },
)

export interface AuditRouteOptions {
  db: Db
  /** The one decision point. Handed in, for the room that has it records here itself. */
  authorise: (principal: Principal, action: 'audit.read') => void
}

export const auditRoutes = ({ db, authorise }: AuditRouteOptions) => {
  const router = createRouter()

  router.openapi(list, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'audit.read')
    const query = context.req.valid('query')
    const found = await listRecords(
      db.ofTenant(principal.tenantId),
      principal.tenantId,
      filterOf(query),
    )
    const items = found.slice(0, query.limit)
    const last = found.length > query.limit ? items.at(-1) : undefined
    return context.json(
      { items, next_cursor: last ? encodeCursor([last.at, String(last.seq)]) : null },
      200,
    )
  })

  router.openapi(exportAll, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'audit.read')
    const { after_seq = null } = context.req.valid('query')
    const lines = Readable.toWeb(
      Readable.from(exportChain(db.ofTenant(principal.tenantId), principal.tenantId, after_seq)),
    )
    // Node's stream type and the browser's stand for the same thing.
    return context.body(lines as unknown as ReadableStream, 200, {
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="cadre-audit.ndjson"',
    })
  })

  router.openapi(verify, async (context) => {
    const principal = context.get('principal')
    authorise(principal, 'audit.read')
    const { after_seq = null } = context.req.valid('query')
    return context.json(
      await verifyChain(db.ofTenant(principal.tenantId), principal.tenantId, {
        afterSeq: after_seq,
      }),
      200,
    )
  })
  return router
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

const filterOf = (query: ParsedAuditListQuery): AuditFilter => {
  const { actor, action, resource, decision, since, until, limit } = query
  return {
    actor: actor === undefined ? undefined : UUID.test(actor) ? { id: actor } : { name: actor },
    action: action === undefined ? undefined : actionsOf(action),
    resource,
    decision,
    since: since === undefined ? undefined : new Date(since),
    until: until === undefined ? undefined : new Date(until),
    behind: decodeCursor(query.cursor, ['time', 'number']) ?? undefined,
    limit: limit + 1,
  }
}

const actionsOf = (action: string) =>
  action.endsWith('.*') ? { prefix: action.slice(0, -1) } : { name: action }
