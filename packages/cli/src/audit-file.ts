import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { AuditRecord, AuditVerification } from '@cadre/contract'
import { CHAIN_START, createChainCheck, type ChainEnd } from '@cadre/contract/audit-chain'
import { CommandError } from './failures.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/**
 * Checks an exported file by the rules of the chain, without any server: each record, that they
 * follow from each other, and that the file is whole. A file that cannot be read is called by `name`.
 */
export const verifyAuditFile = async (path: string, name = path): Promise<AuditVerification> => {
  let check: ReturnType<typeof createChainCheck> | null = null
  let end: ChainEnd['chain'] | null = null
  let start = CHAIN_START
  let checked = 0
  const answer = (broken: AuditVerification['broken']): AuditVerification => ({
    ok: broken === null,
    checked,
    first_seq: checked === 0 ? null : start.seq + 1,
    last_seq: check?.place.seq ?? start.seq,
    last_hash: check?.place.hash ?? start.hash,
    broken,
    next_seq: null,
  })
  for await (const line of linesOf(path, name)) {
    if (end !== null) return answer(strayLine(checked + 1))
    const value = parsed(line)
    if (isEnd(value)) {
      end = value.chain
      continue
    }
    if (!isRecord(value)) return answer(strayLine(checked + 1))
    if (check === null) {
      start = { seq: value.seq - 1, hash: value.previous_hash }
      check = createChainCheck(sha256, start)
    }
    const broken = check.next(value)
    if (broken !== null) return answer(broken)
    checked++
  }
  if (end === null) return answer(cutShort(check?.place.seq ?? 0))
  if (check === null) {
    start = { seq: end.from_seq, hash: end.from_hash }
    check = createChainCheck(sha256, start)
  }
  if (start.seq !== end.from_seq || start.hash !== end.from_hash)
    return answer(wrongBeginning(start.seq + 1))
  return answer(check.end({ seq: end.to_seq, hash: end.to_hash }))
}

async function* linesOf(path: string, name: string): AsyncGenerator<string> {
  try {
    const input = createReadStream(path, 'utf8')
    // Lines end with LF only: other separators may stand within a record.
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      yield line
  } catch (cause) {
    throw new CommandError('cli.bad_input', `${name} cannot be read.`, { cause })
  }
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

const isEnd = (value: unknown): value is ChainEnd => {
  if (typeof value !== 'object' || value === null || 'seq' in value) return false
  const { chain } = value as { chain?: Partial<Record<string, unknown>> | null }
  return (
    Number.isSafeInteger(chain?.['from_seq']) &&
    Number.isSafeInteger(chain?.['to_seq']) &&
    typeof chain?.['from_hash'] === 'string' &&
    typeof chain['to_hash'] === 'string'
  )
}

const isRecord = (value: unknown): value is AuditRecord =>
  typeof value === 'object' &&
  value !== null &&
  'seq' in value &&
  Number.isSafeInteger(value.seq) &&
  'hash' in value &&
  'previous_hash' in value

const strayLine = (line: number) => ({
  seq: line,
  reason: 'content' as const,
  message: `Line ${line} of the file is no record.`,
})

const cutShort = (seq: number) => ({
  seq: seq + 1,
  reason: 'head' as const,
  message: 'The file was cut short: its last line, which tells where the chain ends, is missing.',
})

const wrongBeginning = (seq: number) => ({
  seq,
  reason: 'missing' as const,
  message: `The file does not begin with the record that its last line names, but with ${seq}.`,
})
