import { createHash } from 'node:crypto'
import { auditHash, type AuditRecord } from '@cadre/contract'
import type { Db, Tx } from '#platform/db/db.ts'
import type { Caller } from '#platform/web/caller.ts'
import { currentPerpetrator, type AuditedAct } from './audited-act.ts'
import { appendRecord, lockHead } from './audit-store.ts'
import { recordableText, recordableValue } from './recordable.ts'

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * Appends a record to the tenant's chain, within the transaction that makes the change: both are
 * there or neither. The chain's end stays locked until that transaction ends, so record last,
 * behind every other lock. For administrative acts and decisions; never for each task.
 */
export const recordWithin = async (tx: Tx, act: AuditedAct): Promise<void> => {
  const { seq, hash: previous_hash } = await lockHead(tx, act.tenantId)
  const { actor, caller } = act.by ?? currentPerpetrator()
  const { kind, id = null, name = null } = act.resource
  const record: Omit<AuditRecord, 'hash'> = {
    tenant_id: act.tenantId,
    seq: seq + 1,
    at: act.at.toISOString(),
    actor: { ...actor, name: recordableText(actor.name, 200) },
    action: recordableText(act.action, 100),
    resource: { kind, id: textOrNull(id, 300), name: textOrNull(name, 300) },
    decision: act.decision ?? 'allowed',
    origin: caller === null ? null : originOf(caller),
    before: recordableValue(act.before),
    after: recordableValue(act.after),
    previous_hash,
  }
  await appendRecord(tx, { ...record, hash: auditHash(record, sha256) })
}

/** Records what changed nothing in the database, such as a refusal. */
export const recordAlone = (db: Db, act: AuditedAct): Promise<void> =>
  db.ofTenant(act.tenantId).transaction((tx) => recordWithin(tx, act))

const originOf = ({ ip, userAgent, requestId, route }: Caller): AuditRecord['origin'] => ({
  ip: textOrNull(ip, 60),
  user_agent: textOrNull(userAgent, 300),
  request_id: textOrNull(requestId, 64),
  route: recordableText(route, 200),
})

const textOrNull = (text: string | null, lengthMax: number): string | null =>
  text === null ? null : recordableText(text, lengthMax)
