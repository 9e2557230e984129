import type { Queryable, Tx } from './db.ts'

/** Carries the name of a lead that was given up. */
export const LEADERS_CHANNEL = 'cadre_leaders'

/** The right to do something that one process at a time may do. */
export interface Lease {
  name: string
  holder: string
  /** Grows with every change of the holder. */
  fence: number
}

export interface LeadRequest {
  name: string
  holder: string
  now: Date
  expiresAt: Date
}

export interface Lead {
  fence: number
  /** The holder before did not give up its lead: it died, or was cut off. */
  isTakenOver: boolean
}

/** Takes the lead where it is free, and renews it where `holder` has it; null where another has. */
export const takeLead = async (db: Queryable, request: LeadRequest): Promise<Lead | null> => {
  const [row] = await db.query<{ fence: number; is_taken_over: boolean }>(
    `with before as (
       select name, holder from leaders
       where name = $1 and (holder is null or holder = $2 or expires_at <= $3) for update)
     update leaders as l set holder = $2, expires_at = $4,
       fence = l.fence + (b.holder is distinct from $2)::integer
     from before as b where l.name = b.name
     returning l.fence, b.holder is not null and b.holder <> $2 as is_taken_over`,
    [request.name, request.holder, request.now, request.expiresAt],
  )
  return row === undefined ? null : { fence: row.fence, isTakenOver: row.is_taken_over }
}

/** Gives the lead up and wakes those who wait for it. Nothing happens where another has it. */
export const giveUpLead = async (db: Queryable, lease: Lease): Promise<void> => {
  await db.query(
    `with freed as (
       update leaders set holder = null, expires_at = null
       where name = $1 and holder = $2 and fence = $3 returning name)
     select pg_notify('${LEADERS_CHANNEL}', name) from freed`,
    [lease.name, lease.holder, lease.fence],
  )
}

/**
 * Keeps the lead from changing until the transaction ends; false when it has changed already.
 * Statements that follow see all that former leaders did.
 */
export const lockLead = async (tx: Tx, lease: Lease): Promise<boolean> => {
  const rows = await tx.query(
    'select 1 from leaders where name = $1 and holder = $2 and fence = $3 for update',
    [lease.name, lease.holder, lease.fence],
  )
  return rows.length > 0
}

/** Keeps whoever leads from acting until the transaction ends. */
export const pauseLead = async (tx: Tx, name: string): Promise<void> => {
  await tx.query('select 1 from leaders where name = $1 for update', [name])
}
