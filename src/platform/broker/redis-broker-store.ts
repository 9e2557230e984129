import type { TenantId } from '@cadre/contract'
import type { RedisConnection } from '../redis/redis-connection.ts'
import type { Message, MessageHeaders, Refusal } from './broker.ts'
import { ACKNOWLEDGE, PUBLISH, RELEASE, RENEW, SWEEP, TAKE } from './redis-broker-scripts.ts'

export interface TakenMessage {
  ref: string
  deliveries: number
  /** Why it was refused before, oldest first. */
  history: Refusal[]
  enqueuedAt: Date
  message: Message
}

export interface TakeRequest {
  consumer: string
  queues: readonly string[]
  limit: number
  now: Date
  livesUntil: Date
}

export interface HeldRef {
  consumer: string
  ref: string
}

export interface HeldRelease extends HeldRef {
  availableAt: Date
  /** Why it was refused; null when its consumer only went away. */
  refusal: Refusal | null
}

export type RedisBrokerStore = ReturnType<typeof createRedisBrokerStore>

/** What a broker does in Redis: every call is one atomic step and one round trip. */
export const createRedisBrokerStore = (redis: RedisConnection, keyPrefix: string) => {
  // The braces are a hash tag: all keys of a broker stand on one node of a cluster.
  const base = `{${keyPrefix}}:broker`
  return {
    wakeChannel: `${base}:wake`,

    /** @returns false if everything that was published before is lost */
    publish: async (messages: readonly Message[], now: Date): Promise<boolean> => {
      const records = messages.map((message) => recordOf(message, now))
      return (await redis.run(PUBLISH, base, [now.getTime(), ...records])) === 1
    },

    /** The first free messages of these queues, by level and then by publication. */
    take: async (request: TakeRequest): Promise<TakenMessage[]> => {
      const answer = await redis.run(TAKE, base, [
        request.consumer,
        request.now.getTime(),
        request.livesUntil.getTime(),
        request.limit,
        ...request.queues,
      ])
      return takenOf(answer as (string | number)[])
    },

    acknowledge: (held: readonly HeldRef[]) =>
      redis.run(
        ACKNOWLEDGE,
        base,
        held.flatMap(({ consumer, ref }) => [consumer, ref]),
      ),

    release: (releases: readonly HeldRelease[], now: Date) =>
      redis.run(RELEASE, base, [
        now.getTime(),
        ...releases.flatMap(({ consumer, ref, availableAt, refusal }) => [
          consumer,
          ref,
          availableAt.getTime(),
          refusal === null ? '' : JSON.stringify(refusal),
        ]),
      ]),

    /** The consumer lives and has exactly these; all else that it was given is free again. */
    renew: (consumer: string, livesUntil: Date, refs: readonly string[]) =>
      redis.run(RENEW, base, [consumer, livesUntil.getTime(), ...refs]),

    /** The consumer is gone; all that it was given is free again. */
    leave: (consumer: string) => redis.run(RENEW, base, [consumer, 'gone']),

    /** @returns true if everything was lost and this call is the first to see it */
    sweep: async (now: Date): Promise<boolean> =>
      (await redis.run(SWEEP, base, [now.getTime()])) === 1,
  }
}

type Body = [id: string, tenantId: string, enqueuedAtMs: number, headers: MessageHeaders]

const recordOf = (message: Message, now: Date): string => {
  const { id, tenantId, queue, level, expiresAt, headers } = message
  const body: Body = [id, tenantId, now.getTime(), headers]
  const head = `${level} ${expiresAt.getTime()} ${Buffer.byteLength(queue)} ${queue}`
  return head + JSON.stringify(body)
}

const messageOf = (record: string): { message: Message; enqueuedAt: Date } => {
  const bytes = Buffer.from(record)
  const [head = '', level, expiresAtMs, length] = /^(\d+) (\d+) (\d+) /.exec(record) ?? []
  const bodyFrom = head.length + Number(length)
  const [id, tenantId, enqueuedAtMs, headers] = JSON.parse(bytes.toString('utf8', bodyFrom)) as Body
  return {
    enqueuedAt: new Date(enqueuedAtMs),
    message: {
      id,
      tenantId: tenantId as TenantId,
      queue: bytes.toString('utf8', head.length, bodyFrom),
      level: Number(level),
      expiresAt: new Date(Number(expiresAtMs)),
      headers,
    },
  }
}

const FIELDS = 4

const takenOf = (answer: readonly (string | number)[]): TakenMessage[] =>
  Array.from({ length: answer.length / FIELDS }, (_, index) => {
    const [ref, deliveries, record, refusals] = answer.slice(index * FIELDS, (index + 1) * FIELDS)
    return {
      ref: String(ref),
      deliveries: Number(deliveries),
      history: JSON.parse(`[${refusals}]`) as Refusal[],
      ...messageOf(String(record)),
    }
  })
