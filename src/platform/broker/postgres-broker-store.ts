import type { TenantId } from '@cadre/contract'
import type { Queryable, Tx } from '../db/db.ts'
import { RELAXED_COMMIT } from '../db/relaxed-commit.ts'
import type { DeadLetter, Message, MessageHeaders, Refusal } from './broker.ts'
import { insertDeadLetters } from './dead-letter-store.ts'

export const BROKER_CHANNEL = 'cadre_broker'

export interface LockedMessage {
  seq: number
  deliveries: number
  message: Message
}

export interface Lock {
  /** Of messages that somebody has already as they are stored, by the messages' ids. */
  consumers: ReadonlyMap<string, string>
  lockedUntil: Date
}

/**
 * Stores messages in one statement, and wakes the consumers of every process for those that are
 * not locked.
 * @returns the places of those that are, by their ids
 */
export const insertMessages = async (
  db: Queryable,
  messages: readonly Message[],
  now: Date,
  { consumers, lockedUntil }: Lock,
): Promise<Map<string, number>> => {
  const rows = await db.query<{ id: string; seq: number; consumer: string | null }>(
    `insert into broker_messages (id, tenant_id, queue, priority, headers, expires_at,
       enqueued_at, available_at, consumer, locked_until, deliveries)
     select m.id, m.tenant_id, m.queue, m.priority, m.headers::json, m.expires_at, $7, $7,
       m.consumer, case when m.consumer is not null then $9::timestamptz end,
       (m.consumer is not null)::integer
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::text[],
       $6::timestamptz[], $8::uuid[])
       as m (id, tenant_id, queue, priority, headers, expires_at, consumer)
     returning id, seq, consumer`,
    [
      messages.map((message) => message.id),
      messages.map((message) => message.tenantId),
      messages.map((message) => message.queue),
      messages.map((message) => message.level),
      messages.map((message) => JSON.stringify(message.headers)),
      messages.map((message) => message.expiresAt),
      now,
      messages.map((message) => consumers.get(message.id) ?? null),
      lockedUntil,
    ],
  )
  wakeConsumers(
    db,
    messages.filter((message) => !consumers.has(message.id)),
  )
  return new Map(rows.flatMap(({ id, seq, consumer }) => (consumer === null ? [] : [[id, seq]])))
}

const wakeConsumers = (db: Queryable, of: readonly { queue: string }[]) => {
  for (const queue of new Set(of.map(({ queue }) => queue))) db.notify(BROKER_CHANNEL, queue)
}

export interface LockRequest {
  queues: readonly string[]
  consumer: string
  limit: number
  now: Date
  lockedUntil: Date
}

/** Takes the first free messages of these queues for one consumer. */
export const lockNext = async (db: Queryable, request: LockRequest): Promise<LockedMessage[]> => {
  const rows = await db.query<{
    seq: number
    id: string
    tenant_id: string
    queue: string
    priority: number
    headers: MessageHeaders
    expires_at: Date
    deliveries: number
  }>(
    `with next as (
       select seq from broker_messages
       where queue = any ($1::text[]) and consumer is null
         and available_at <= $4 and expires_at > $4
       order by priority, seq limit $3 for update skip locked)
     update broker_messages as m
     set consumer = $2, locked_until = $5, deliveries = m.deliveries + 1
     where m.seq = any (array(select seq from next))
     returning m.seq, m.id, m.tenant_id, m.queue, m.priority, m.headers, m.expires_at,
       m.deliveries, ${RELAXED_COMMIT} as relaxed`,
    [request.queues, request.consumer, request.limit, request.now, request.lockedUntil],
  )
  return rows
    .sort((a, b) => a.priority - b.priority || a.seq - b.seq)
    .map((row) => ({
      seq: row.seq,
      deliveries: row.deliveries,
      message: {
        id: row.id,
        tenantId: row.tenant_id as TenantId,
        queue: row.queue,
        level: row.priority,
        expiresAt: row.expires_at,
        headers: row.headers,
      },
    }))
}

export const deleteMessages = async (db: Queryable, seqs: readonly number[]): Promise<void> => {
  await db.query(
    `delete from broker_messages where seq = any ($1::bigint[])
     returning ${RELAXED_COMMIT} as relaxed`,
    [seqs],
  )
}

export interface Release {
  seq: number
  consumer: string
  availableAt: Date
  /** Why it was refused; null when its consumer only went away. */
  refusal: Refusal | null
}

/** Gives messages back to their queues, unless their lock has passed to another consumer. */
export const releaseMessages = async (db: Queryable, releases: readonly Release[]) => {
  const freed = await db.query<{ queue: string }>(
    `update broker_messages as m
     set consumer = null, locked_until = null, available_at = r.available_at,
       history = m.history || r.refusals::jsonb
     from unnest($1::bigint[], $2::uuid[], $3::timestamptz[], $4::text[])
       as r (seq, consumer, available_at, refusals)
     where m.seq = any ($1::bigint[]) and m.seq = r.seq
       and m.consumer is not distinct from r.consumer
     returning m.queue`,
    [
      releases.map((release) => release.seq),
      releases.map((release) => release.consumer),
      releases.map((release) => release.availableAt),
      releases.map(({ refusal }) => JSON.stringify(refusal === null ? [] : [refusal])),
    ],
  )
  wakeConsumers(db, freed)
}

/** Takes a message out of its queue for good, to the dead letters. */
export const buryMessage = async (tx: Tx, seq: number, reason: string, now: Date) => {
  const rows = await tx.query<{
    id: string
    tenant_id: string
    queue: string
    headers: MessageHeaders
    deliveries: number
    history: Refusal[]
    enqueued_at: Date
  }>('delete from broker_messages where seq = $1 returning *', [seq])
  const letters = rows.map((row): DeadLetter => {
    const { id, queue, headers } = row
    return {
      message: { id, tenantId: row.tenant_id as TenantId, queue, headers },
      source: 'postgres',
      reason,
      deliveries: row.deliveries,
      history: row.history,
      enqueuedAt: row.enqueued_at,
      diedAt: now,
    }
  })
  if (letters.length > 0) await insertDeadLetters(tx, letters)
}

export const extendLocks = async (
  db: Queryable,
  lock: { consumer: string; seqs: readonly number[]; lockedUntil: Date },
): Promise<void> => {
  await db.query(
    `update broker_messages set locked_until = $3
     where consumer is not distinct from $1 and seq = any ($2::bigint[])`,
    [lock.consumer, lock.seqs, lock.lockedUntil],
  )
}

/** Frees what consumers that are gone had locked. */
export const freeExpiredLocks = async (db: Queryable, now: Date): Promise<void> => {
  const freed = await db.query<{ queue: string }>(
    `update broker_messages set consumer = null, locked_until = null
     where consumer is not null and locked_until < $1 returning queue`,
    [now],
  )
  wakeConsumers(db, freed)
}

export const deleteExpired = async (db: Queryable, now: Date): Promise<void> => {
  await db.query('delete from broker_messages where consumer is null and expires_at <= $1', [now])
}

/** Since when messages wait in these queues that nobody has taken. */
export const findWaitingSince = async (
  db: Queryable,
  queues: readonly string[],
  now: Date,
): Promise<Map<string, Date>> => {
  const rows = await db.query<{ queue: string; since: Date }>(
    `select queue, min(available_at) as since from broker_messages
     where queue = any ($1::text[]) and consumer is null
       and available_at <= $2 and expires_at > $2
     group by queue`,
    [queues, now],
  )
  return new Map(rows.map(({ queue, since }) => [queue, since]))
}

export const freeAllLocks = async (db: Queryable): Promise<void> => {
  await db.query(
    'update broker_messages set consumer = null, locked_until = null where consumer is not null',
  )
}
