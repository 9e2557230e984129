import type { TenantId } from '@cadre/contract'
import {
  authoriseOn,
  authoriseSome,
  permittedPage,
  type Action,
  type Resource,
} from '#features/access/index.ts'
import type { Db } from '#platform/db/db.ts'
import { decodeCursor, encodeCursor } from '#platform/web/cursor.ts'
import type { Principal } from '#platform/web/context.ts'
import { memberNotFound, serviceAccountNotFound } from './identity-errors.ts'
import { findMember, listMembers, type MemberRecord } from './member-store.ts'

/** A user or a service account of a tenant as decisions about access see it. */
export const memberResource = ({
  principal: { id, name, role },
}: Pick<MemberRecord, 'principal'>): Resource<'Member'> => ({
  type: 'Member',
  id,
  parents: [],
  attributes: { name, role },
})

/** A user or a service account, whichever has the id; null where nobody has. */
export const findMemberResource = async (
  db: Db,
  tenantId: TenantId,
  id: string,
): Promise<Resource | null> => {
  for (const kind of ['user', 'service'] as const) {
    const member = await findMember(db.ofTenant(tenantId), { tenantId, kind, id })
    if (member !== null) return memberResource(member)
  }
  return null
}

/** Decisions on single users or single service accounts, and on lists of them. */
export const memberAccess = (db: Db, kind: 'user' | 'service') => {
  const absent = kind === 'user' ? memberNotFound : serviceAccountNotFound

  const read = async ({ tenantId }: Principal, id: string): Promise<MemberRecord> => {
    const member = await findMember(db.ofTenant(tenantId), { tenantId, kind, id })
    if (member === null) throw absent()
    return member
  }
  return {
    read,

    authoriseOne: (principal: Principal, action: Action, id: string) =>
      authoriseOn(principal, action, async () => memberResource(await read(principal, id)), absent),

    page: async (
      principal: Principal,
      { limit, cursor }: { limit: number; cursor?: string | undefined },
    ): Promise<{ items: MemberRecord[]; next_cursor: string | null }> => {
      authoriseSome(principal, 'member.read')
      const { tenantId } = principal
      const { items, next } = await permittedPage(principal, 'member.read', {
        limit,
        after: decodeCursor(cursor, ['uuid']),
        fetch: (after) => listMembers(db.ofTenant(tenantId), { tenantId, kind }, { limit, after }),
        placeOf: (member) => [member.principal.id] as const,
        resourcesOf: (found) => found.map(memberResource),
      })
      return { items, next_cursor: next && encodeCursor(next) }
    },
  }
}
