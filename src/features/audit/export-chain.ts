import type { ChainEnd, ChainPlace, TenantId } from '@cadre/contract'
import type { Queryable } from '#platform/db/db.ts'
import { readBounds, readChain } from './audit-store.ts'

const PAGE_RECORDS = 500

/**
 * A tenant's records as newline-delimited JSON, page by page as the reader takes them, up to the
 * end of the chain when this began. What was exported is told as found: checking is another step.
 */
export async function* exportChain(
  db: Queryable,
  tenantId: TenantId,
  afterSeq: number | null,
): AsyncGenerator<Uint8Array> {
  const { begin, end } = await readBounds(db, tenantId)
  let from: ChainPlace | null = null
  let last = Math.max(afterSeq ?? 0, begin.seq)
  for (;;) {
    const place = { afterSeq: last, untilSeq: end.seq, limit: PAGE_RECORDS }
    const page = await readChain(db, tenantId, place)
    const [first] = page
    if (first !== undefined) from ??= { seq: first.seq - 1, hash: first.previous_hash }
    last = page.at(-1)?.seq ?? last
    if (page.length > 0) yield linesOf(page)
    if (page.length < PAGE_RECORDS) break
  }
  const start = from ?? end
  const chain = { from_seq: start.seq, from_hash: start.hash, to_seq: end.seq, to_hash: end.hash }
  yield linesOf([{ chain } satisfies ChainEnd])
}

const encoder = new TextEncoder()

const linesOf = (values: readonly object[]): Uint8Array =>
  encoder.encode(values.map((value) => `${JSON.stringify(value)}\n`).join(''))
