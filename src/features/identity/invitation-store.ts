import type { TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '#platform/db/db.ts'

export interface InvitationRecord {
  id: string
  tenantId: TenantId
  email: string
  role: string
  createdBy: string
  createdByName: string
  createdAt: Date
  expiresAt: Date
  acceptedAt: Date | null
  revokedAt: Date | null
}

interface InvitationRow {
  id: string
  tenant_id: string
  email: string
  role: string
  created_by: string
  created_by_name: string
  created_at: Date
  expires_at: Date
  accepted_at: Date | null
  revoked_at: Date | null
}

const COLUMNS = `id, tenant_id, email, role, created_by, created_by_name, created_at, expires_at,
  accepted_at, revoked_at`

const invitationOf = (row: InvitationRow): InvitationRecord => ({
  id: row.id,
  tenantId: row.tenant_id as TenantId,
  email: row.email,
  role: row.role,
  createdBy: row.created_by,
  createdByName: row.created_by_name,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  acceptedAt: row.accepted_at,
  revokedAt: row.revoked_at,
})

/** @throws ConstraintError `invitations_pending` when the address is invited already */
export const insertInvitation = async (
  tx: Tx,
  invitation: InvitationRecord,
  tokenSha256: string,
): Promise<void> => {
  const { id, tenantId, email, createdAt } = invitation
  // One that is too old makes room for the next.
  await tx.query(
    `update invitations set revoked_at = $3 where tenant_id = $1 and email = $2
       and accepted_at is null and revoked_at is null and expires_at <= $3`,
    [tenantId, email, createdAt],
  )
  await tx.query(
    `insert into invitations (id, tenant_id, email, role, token_sha256, created_by,
       created_by_name, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      tenantId,
      email,
      invitation.role,
      tokenSha256,
      invitation.createdBy,
      invitation.createdByName,
      createdAt,
      invitation.expiresAt,
    ],
  )
}

export const listInvitations = async (
  db: Queryable,
  tenantId: TenantId,
  { limit, after }: { limit: number; after: readonly [string] | null },
): Promise<InvitationRecord[]> => {
  const rows = await db.query<InvitationRow>(
    `select ${COLUMNS} from invitations
     where tenant_id = $1 and ($2::uuid is null or id < $2::uuid) order by id desc limit $3`,
    [tenantId, after?.[0] ?? null, limit + 1],
  )
  return rows.map(invitationOf)
}

export const revokeInvitation = async (
  tx: Tx,
  { tenantId, id, now }: { tenantId: TenantId; id: string; now: Date },
): Promise<InvitationRecord | null> => {
  const [row] = await tx.query<InvitationRow>(
    `update invitations set revoked_at = $3
     where tenant_id = $1 and id = $2::uuid and accepted_at is null and revoked_at is null
     returning ${COLUMNS}`,
    [tenantId, id, now],
  )
  return row ? invitationOf(row) : null
}

/** One that waits, whatever its tenant: who knows the token is who was invited. */
export const findPendingInvitation = async (
  db: Queryable,
  tokenSha256: string,
  now: Date,
): Promise<InvitationRecord | null> => {
  const [row] = await db.query<InvitationRow>(
    `select ${COLUMNS} from invitations where token_sha256 = $1 and accepted_at is null
       and revoked_at is null and expires_at > $2`,
    [tokenSha256, now],
  )
  return row ? invitationOf(row) : null
}

/** One that waits for this address in a tenant. */
export const findPendingFor = async (
  db: Queryable,
  { tenantId, email, now }: { tenantId: TenantId; email: string; now: Date },
): Promise<InvitationRecord | null> => {
  const [row] = await db.query<InvitationRow>(
    `select ${COLUMNS} from invitations where tenant_id = $1 and email = $2
       and accepted_at is null and revoked_at is null and expires_at > $3`,
    [tenantId, email, now],
  )
  return row ? invitationOf(row) : null
}

/** False when it was accepted or revoked meanwhile. */
export const acceptInvitation = async (tx: Tx, id: string, now: Date): Promise<boolean> => {
  const rows = await tx.query(
    `update invitations set accepted_at = $2
     where id = $1 and accepted_at is null and revoked_at is null returning id`,
    [id, now],
  )
  return rows.length > 0
}

/** What somebody invited must not outlive their right to. */
export const revokeInvitationsBy = async (
  tx: Tx,
  { tenantId, createdBy, now }: { tenantId: TenantId; createdBy: string; now: Date },
): Promise<void> => {
  await tx.query(
    `update invitations set revoked_at = $3 where tenant_id = $1 and created_by = $2
       and accepted_at is null and revoked_at is null`,
    [tenantId, createdBy, now],
  )
}

export const deleteOldInvitations = async (
  db: Queryable,
  before: Date,
  rowsMax: number,
): Promise<number> => {
  const rows = await db.query(
    `delete from invitations where id in (
       select id from invitations where expires_at < $1 limit $2) returning id`,
    [before, rowsMax],
  )
  return rows.length
}
