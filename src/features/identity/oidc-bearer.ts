import type { Db } from '#platform/db/db.ts'
import { unauthenticated } from './identity-errors.ts'
import type { BearerReader } from './identity-service.ts'
import { findTenantByName } from './identity-store.ts'
import type { OidcIssuer } from './oidc-issuer.ts'
import { findMemberByIdentity } from './oidc-store.ts'

/** Tokens of the issuer, shown as bearer by members who signed in with it before. */
export const createOidcBearer = ({
  db,
  issuer,
  tenant,
}: {
  db: Db
  issuer: OidcIssuer
  tenant: string
}): BearerReader => ({
  read: async (token) => {
    const shown = await issuer.readBearer(token)
    if (shown === null) return null
    const tenantId = await findTenantByName(db, tenant)
    const identity = { issuer: issuer.name, subject: shown.subject }
    const principal = tenantId === null ? null : await findMemberByIdentity(db, identity, tenantId)
    if (principal === null)
      throw unauthenticated('This token belongs to no active member. Sign in with a browser first.')
    return { principal, expiresAt: shown.expiresAt }
  },
})
