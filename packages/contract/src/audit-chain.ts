import type { AuditRecord } from './audit.ts'

// How records of the audit log hang together. The server makes the chain by these rules, and
// whoever holds an exported file checks it by the same ones, without trusting the server.

/** The previous hash of the first record. */
export const AUDIT_GENESIS = '0'.repeat(64)

export type Sha256 = (text: string) => string

/** A place in a chain: behind the record of this number, whose hash this is. */
export interface ChainPlace {
  seq: number
  hash: string
}

export const CHAIN_START: ChainPlace = { seq: 0, hash: AUDIT_GENESIS }

/** The last line of an exported file: between which places its records stand. */
export interface ChainEnd {
  chain: { from_seq: number; from_hash: string; to_seq: number; to_hash: string }
}

export interface ChainBreak {
  seq: number
  reason: 'missing' | 'order' | 'link' | 'content' | 'head'
  message: string
}

/** JSON in the canonical form of RFC 8785: no space, names sorted by their UTF-16 units. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`)
  return `{${fields.join(',')}}`
}

/** SHA-256, as lower-case hexadecimal, over the canonical form of the record without its hash. */
export const auditHash = (record: Omit<AuditRecord, 'hash'>, sha256: Sha256): string => {
  const { hash: _, ...sealed } = record as AuditRecord
  return sha256(canonicalJson(sealed))
}

/** Follows a chain record by record, the oldest first, and says where it breaks. */
export const createChainCheck = (sha256: Sha256, from: ChainPlace) => {
  let place = from
  return {
    /** The last record that was sound. */
    get place(): ChainPlace {
      return place
    },

    /** Null when the record is the sound successor of the one before. */
    next: (record: AuditRecord): ChainBreak | null => {
      const { seq } = record
      if (seq > place.seq + 1)
        return broken(place.seq + 1, 'missing', `Records ${place.seq + 1} to ${seq - 1} are gone.`)
      if (seq !== place.seq + 1)
        return broken(seq, 'order', `Record ${seq} comes behind record ${place.seq}.`)
      if (record.previous_hash !== place.hash)
        return broken(seq, 'link', `Record ${seq} does not follow from the record before it.`)
      if (auditHash(record, sha256) !== record.hash)
        return broken(seq, 'content', `Record ${seq} is not what was recorded.`)
      place = { seq, hash: record.hash }
      return null
    },

    /** Null when the chain ends where it should. */
    end: (head: ChainPlace): ChainBreak | null => {
      if (head.seq > place.seq)
        return broken(place.seq + 1, 'missing', `Records ${place.seq + 1} to ${head.seq} are gone.`)
      if (head.seq === place.seq && head.hash === place.hash) return null
      const noted = `the end noted for it is record ${head.seq}, ${head.hash.slice(0, 12)}…`
      return broken(place.seq, 'head', `The chain ends with record ${place.seq}; ${noted}.`)
    },
  }
}

const broken = (seq: number, reason: ChainBreak['reason'], message: string): ChainBreak => ({
  seq,
  reason,
  message,
})
