import { AgentQueues, boundedText, EventType } from '@cadre/contract'
import { z } from 'zod'
import { authorise, authoriseSome } from '#features/access/index.ts'
import {
  agentResource,
  notRemote,
  type AgentInstances,
  type AgentService,
} from '#features/agents/index.ts'
import {
  createOfferCheck,
  openOfferStream,
  queuesOf,
  type Departures,
} from '#features/tasks/index.ts'
import type { Broker } from '#platform/broker/broker.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { invalidField } from '#platform/errors.ts'
import type { EventFeed } from '#platform/events/event-feed.ts'
import {
  latestCursor,
  parseCursor,
  readAfter,
  type EventCursor,
  type StoredEvent,
} from '#platform/events/event-store.ts'
import type { Ids } from '#platform/ids.ts'
import type { Logger } from '#platform/telemetry/logger.ts'
import type { SuspendedTenants } from '#platform/tenants/suspended-tenants.ts'
import { answers, createRouter, documented } from '#platform/web/router.ts'
import type { StreamRegistry } from './event-stream.ts'

const STREAM_ANSWER = {
  200: {
    description: 'A stream of server-sent events; a comment every 15 s shows that it lives',
    content: { 'text/event-stream': { schema: z.string() } },
  },
}
const ROWS_PER_READ = 500

const events = documented(
  {
    summary: 'Follow what happens, live',
    tag: 'Events',
    description:
      'Each message carries its cursor as id, its type as event, and an Event as data. Resume with the header Last-Event-ID or with `after`.',
    refusals: [422, 503],
  },
  {
    method: 'get',
    path: '/events',
    request: {
      query: z.strictObject({
        after: z.string().max(100).optional(),
        subject_id: z.guid().toLowerCase().optional(),
        type: EventType.optional(),
      }),
    },
    responses: STREAM_ANSWER,
  },
)

const offers = documented(
  {
    summary: 'Receive work as a remote agent',
    tag: 'Agents',
    description:
      'Each message `task` offers one task (TaskOffer). Claim it with `PUT /tasks/{id}/status`; that acknowledges the offer. At most `prefetch` tasks are offered or held at a time. A message `cancel` (AttemptStop) tells that an attempt was cancelled or ran out of time and should stop.',
    refusals: [404, 409, 422, 503],
  },
  {
    method: 'get',
    path: '/agents/{id}/stream',
    request: {
      params: z.object({ id: boundedText(200, 1) }),
      query: z.strictObject({
        prefetch: z.coerce.number().int().min(0).max(1_000).default(1),
        instance: z.guid().toLowerCase().optional().meta({
          description:
            'The process, when it reports itself; otherwise the connection counts as one. When the stream ends and no other follows within seconds, others get what its claims hold; a process that only stops says goodbye first: `DELETE /agents/{id}/instances/{instance}`',
        }),
      }),
    },
    responses: STREAM_ANSWER,
  },
)

const agentQueues = documented(
  {
    summary: "Name an agent's queues at the broker",
    tag: 'Agents',
    description:
      "For agents that consume from RabbitMQ themselves. The queues exist when this answers: the agent's own, and one for each of its capabilities.",
    refusals: [404, 409, 503],
  },
  {
    method: 'get',
    path: '/agents/{id}/queues',
    request: { params: z.object({ id: boundedText(200, 1) }) },
    responses: { 200: answers(AgentQueues, 'The names at the broker') },
  },
)

export interface LiveRouteOptions {
  db: Db
  clock: Clock
  ids: Ids
  logger: Logger
  feed: EventFeed
  broker: Broker
  agents: AgentService
  instances: AgentInstances
  departures: Departures
  streams: StreamRegistry
  /** Whose event streams end. */
  suspended: SuspendedTenants
  offerClaimSeconds: number
}

export const liveRoutes = (options: LiveRouteOptions) => {
  const { db, feed, streams, agents, suspended } = options
  const router = createRouter()
  const isClaimable = createOfferCheck(db)

  router.openapi(events, (context) => {
    const principal = context.get('principal')
    authorise(principal, 'event.read')
    const query = context.req.valid('query')
    const given = context.req.header('last-event-id') ?? query.after
    const after = given === undefined ? null : parseCursor(given)
    if (given !== undefined && after === null) throw invalidField('after', 'is not an event cursor')
    const isWanted = ({ tenantId, event }: StoredEvent) =>
      tenantId === principal.tenantId &&
      (query.subject_id === undefined || event.subject_id === query.subject_id) &&
      (query.type === undefined || event.type === query.type)

    const ended = new AbortController()
    const open: Parameters<StreamRegistry['answer']>[1] = async (send, signal) => {
      const show = ({ event }: StoredEvent) =>
        send({ id: event.id, event: event.type, data: JSON.stringify(event) })
      const onEvents = (found: readonly StoredEvent[]) => found.filter(isWanted).forEach(show)
      const stop = await follow({ db, feed, after, signal, onEvents })
      const stopWatching = suspended.onChange(() => {
        if (suspended.has(principal.tenantId)) ended.abort()
      })
      return () => {
        stopWatching()
        return stop()
      }
    }
    return streams.answer(context, open, ended.signal)
  })

  router.openapi(offers, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'agent.serve')
    const agent = await agents.resolve(principal.tenantId, context.req.valid('param').id)
    authorise(principal, 'agent.serve', agentResource(agent))
    if (agent.runtime !== 'remote') throw notRemote()
    const { prefetch, instance } = context.req.valid('query')
    await agents.presence.seen(agent)
    return streams.answer(context, async (send) => {
      const stream = await openOfferStream({
        broker: options.broker,
        feed,
        clock: options.clock,
        logger: options.logger,
        agent,
        prefetch,
        claimSeconds: options.offerClaimSeconds,
        isClaimable,
        onOffer: (offer) => send({ event: 'task', data: JSON.stringify(offer) }),
        onStop: (stop) => send({ event: 'cancel', data: JSON.stringify(stop) }),
      })
      const onFault = (error: unknown) =>
        options.logger.warn('agents.touch_failed', { agentId: agent.id, error })
      const stopShowing = agents.presence.listens(agent, onFault)
      const leave =
        instance === undefined
          ? options.instances.watchConnection(agent, options.ids.uuid(), {
              name: context.req.header('user-agent')?.slice(0, 200) || 'unnamed',
              // Without offers, it takes them from the broker and only hears of stops here.
              transport: prefetch > 0 ? 'http' : 'amqp',
              ...(prefetch > 0 ? { concurrency: prefetch } : {}),
            })
          : options.departures.attend(agent, instance)
      return async () => {
        stopShowing()
        // At once: what the process says from now on shows that it lives.
        const left = leave()
        await stream.close()
        await left
      }
    })
  })
  router.openapi(agentQueues, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'agent.serve')
    const agent = await agents.resolve(principal.tenantId, context.req.valid('param').id)
    authorise(principal, 'agent.serve', agentResource(agent))
    if (agent.runtime !== 'remote') throw notRemote()
    await agents.presence.seen(agent)
    const { broker } = options
    return context.json({ broker: broker.name, queues: await broker.declare(queuesOf(agent)) }, 200)
  })
  return router
}

interface FollowOptions {
  db: Db
  feed: EventFeed
  after: EventCursor | null
  signal: AbortSignal
  onEvents: (events: readonly StoredEvent[]) => void
}

/**
 * What came after the cursor, then what comes from now on, without a gap or a repeat. The feed may
 * run behind the database, so what it brings is held against the place already reached.
 */
const follow = async ({ db, feed, after, signal, onEvents }: FollowOptions) => {
  let cursor = after ?? (await latestCursor(db))
  let early: StoredEvent[] | null = []
  const pass = (events: readonly StoredEvent[]) => {
    const fresh = events.filter((stored) => isBehindCursor(stored.cursor, cursor))
    cursor = fresh.at(-1)?.cursor ?? cursor
    onEvents(fresh)
  }
  const stop = feed.subscribe((events) => {
    if (early === null) pass(events)
    else early.push(...events)
  })
  for (let isBehind = true; isBehind && !signal.aborted;) {
    const page = await readAfter(db, cursor, ROWS_PER_READ)
    pass(page)
    isBehind = page.length === ROWS_PER_READ
  }
  const missed = early
  early = null
  pass(missed)
  return stop
}

const isBehindCursor = (left: EventCursor, right: EventCursor): boolean => {
  const [leftXact, rightXact] = [BigInt(left.xact), BigInt(right.xact)]
  return leftXact === rightXact ? BigInt(left.id) > BigInt(right.id) : leftXact > rightXact
}
