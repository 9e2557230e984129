import {
  createChainCheck,
  type AuditVerification,
  type ChainPlace,
  type TenantId,
} from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import { sha256 } from './audit-log.ts'
import { readBounds, readChain, type ChainBounds } from './audit-store.ts'

const PAGE_RECORDS = 500
/** Records of one call at the most. */
const CALL_RECORDS_MAX = 50_000

export interface WalkOptions {
  /** Null begins where the chain does. */
  afterSeq: number | null
  recordsMax?: number
}

/**
 * Walks a tenant's chain up to the end that it had when this began, and says where it breaks.
 * What retention removed is no break: the chain's head tells where it begins.
 */
export const verifyChain = async (
  db: Queryable,
  tenantId: TenantId,
  options: WalkOptions,
): Promise<AuditVerification> => {
  const bounds = await readBounds(db, tenantId)
  const from = (await placeBehind(db, tenantId, options.afterSeq)) ?? bounds.begin
  const found = await walk(db, tenantId, { bounds, from, ...options })
  if (found.ok || found.checked > 0) return found
  // Retention may have moved the beginning after it was looked up.
  const { begin } = await readBounds(db, tenantId)
  return begin.seq > from.seq ? verifyChain(db, tenantId, options) : found
}

const walk = async (
  db: Queryable,
  tenantId: TenantId,
  options: WalkOptions & { bounds: ChainBounds; from: ChainPlace },
): Promise<AuditVerification> => {
  const { bounds, from, recordsMax = CALL_RECORDS_MAX } = options
  const check = createChainCheck(sha256, from)
  let checked = 0
  const answer = (broken: AuditVerification['broken'], isOver = true): AuditVerification => ({
    ok: broken === null,
    checked,
    first_seq: checked === 0 ? null : from.seq + 1,
    last_seq: check.place.seq,
    last_hash: check.place.hash,
    broken,
    next_seq: isOver ? null : check.place.seq,
  })
  while (checked < recordsMax) {
    const limit = Math.min(PAGE_RECORDS, recordsMax - checked)
    const place = { afterSeq: check.place.seq, untilSeq: bounds.seqMax, limit }
    const page = await readChain(db, tenantId, place)
    for (const record of page) {
      const broken = check.next(record)
      if (broken !== null) return answer(broken)
      checked++
    }
    if (page.length < limit) return answer(check.end(bounds.end))
  }
  return answer(null, false)
}

/** The record to go on behind, if it is still there. */
const placeBehind = async (
  db: Queryable,
  tenantId: TenantId,
  afterSeq: number | null,
): Promise<ChainPlace | null> => {
  if (afterSeq === null || afterSeq === 0) return null
  const place = { afterSeq: afterSeq - 1, untilSeq: afterSeq, limit: 1 }
  const [record] = await readChain(db, tenantId, place)
  return record === undefined ? null : { seq: record.seq, hash: record.hash }
}
