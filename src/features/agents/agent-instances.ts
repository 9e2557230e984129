import type { AgentInstance, ParsedReportInstance } from '@cadre/contract'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { appendEvents, type NewEvent } from '#platform/events/event-store.ts'
import type { AgentRecord } from './agent.ts'
import { tooManyInstances } from './agent-errors.ts'
import {
  countInstances,
  deleteInstance,
  deleteInstancesSeenBefore,
  insertInstance,
  listInstances,
  loseInstances,
  loseWithStream,
  noteStream,
  seenAtOf,
  refreshInstance,
  type AgentInstanceRecord,
} from './agent-instance-store.ts'

/** A process reports so often. */
export const REPORT_SECONDS = 10
/** Three reports missed: it is gone, or cut off. */
export const SILENCE_MS = 30_000
/** So long a lost process is still shown, for people to see that it was there. */
const LOST_SHOWN_MS = 600_000
const INSTANCES_MAX = 1_000
const ROWS_PER_SWEEP = 500

export interface AgentInstancesOptions {
  db: Db
  clock: Clock
  onFault: (error: unknown) => void
}

export type AgentInstances = ReturnType<typeof createAgentInstances>

/** Which processes of remote agents are there, by what they report themselves. */
export const createAgentInstances = ({ db, clock, onFault }: AgentInstancesOptions) => {
  const report = async (
    agent: AgentRecord,
    id: string,
    { name, transport, concurrency, in_flight }: ParsedReportInstance,
  ): Promise<void> => {
    const now = clock.now()
    const instance: AgentInstanceRecord = {
      id,
      agentId: agent.id,
      tenantId: agent.tenantId,
      name,
      transport,
      concurrency: concurrency ?? null,
      inFlight: in_flight ?? null,
      connectedAt: now,
      seenAt: now,
      isLost: false,
    }
    const own = db.ofTenant(agent.tenantId)
    if (await refreshInstance(own, instance)) return
    await own.transaction(async (tx) => {
      if ((await countInstances(tx, agent.id)) >= INSTANCES_MAX)
        throw tooManyInstances(INSTANCES_MAX)
      if (await insertInstance(tx, instance))
        await appendEvents(tx, [noteOf(instance, 'agent.connected', now, agent.name)])
    })
  }
  /** Idempotent. */
  const remove = async (agent: AgentRecord, id: string): Promise<void> => {
    await db.ofTenant(agent.tenantId).transaction(async (tx) => {
      const instance = await deleteInstance(tx, agent.id, id)
      // Whoever was lost was said to be gone before.
      if (instance === null || instance.isLost) return
      await appendEvents(tx, [noteOf(instance, 'agent.disconnected', clock.now(), agent.name)])
    })
  }
  const sweep = async (): Promise<void> => {
    const now = clock.now()
    const isFull = await db.transaction(async (tx) => {
      const lost = await loseInstances(tx, before(now, SILENCE_MS), ROWS_PER_SWEEP)
      await appendEvents(
        tx,
        lost.map((instance) => noteOf({ ...instance, isLost: true }, 'agent.disconnected', now)),
      )
      return lost.length === ROWS_PER_SWEEP
    })
    if (isFull) return sweep()
    await deleteInstancesSeenBefore(db, before(now, LOST_SHOWN_MS))
  }

  return {
    report,
    remove,
    sweep,

    /** A process that reports itself is heard of by this stream from now on. */
    noteStream: (agent: AgentRecord, id: string, streamId: string): Promise<void> =>
      noteStream(db.ofTenant(agent.tenantId), { agentId: agent.id, id, streamId }),

    /** When a process reported itself last; null where it is not known, or lost. */
    seenAt: (agent: AgentRecord, id: string): Promise<Date | null> =>
      seenAtOf(db.ofTenant(agent.tenantId), { agentId: agent.id, id }),

    /**
     * True when the process is gone: this stream, which ended a while ago, was its last, and it
     * has neither reported itself since `seenAt` nor said goodbye. It is lost from then on, and
     * true is answered once.
     */
    loseWithStream: (
      agent: AgentRecord,
      id: string,
      last: { streamId: string; seenAt: Date },
    ): Promise<boolean> =>
      db.ofTenant(agent.tenantId).transaction(async (tx) => {
        const instance = await loseWithStream(tx, { agentId: agent.id, id, ...last })
        if (instance === null) return false
        await appendEvents(tx, [noteOf(instance, 'agent.disconnected', clock.now(), agent.name)])
        return true
      }),

    list: async (agent: AgentRecord): Promise<AgentInstance[]> =>
      (await listInstances(db.ofTenant(agent.tenantId), agent.id, INSTANCES_MAX)).map(instanceView),

    /**
     * Reports for a connection that does not do so itself, until the answer is called. Nothing is
     * thrown: that a process cannot be shown must not keep it from working.
     */
    watchConnection: (agent: AgentRecord, id: string, facts: ParsedReportInstance) => {
      let timer: Timer | null = null
      let isClosed = false
      let reporting = Promise.resolve()
      const beat = () => {
        reporting = reporting.then(() => report(agent, id, facts)).catch(onFault)
        timer = clock.after(REPORT_SECONDS * 1_000, beat)
      }
      beat()
      return async (): Promise<void> => {
        if (isClosed) return
        isClosed = true
        timer?.cancel()
        await reporting
        await remove(agent, id).catch(onFault)
      }
    },

    /** Finds processes that fell silent, until the answer is called. */
    watchSilence: (): (() => void) => {
      let timer: Timer | null = null
      let isClosed = false
      const repeat = () => {
        timer = clock.after(REPORT_SECONDS * 1_000, () => {
          void sweep()
            .catch(onFault)
            .then(() => {
              if (!isClosed) repeat()
            })
        })
      }
      repeat()
      return () => {
        isClosed = true
        timer?.cancel()
      }
    },
  }
}

const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms)

const noteOf = (
  instance: AgentInstanceRecord,
  type: 'agent.connected' | 'agent.disconnected',
  at: Date,
  agentName?: string,
): NewEvent => ({
  tenantId: instance.tenantId,
  type,
  subjectId: instance.agentId,
  at,
  data: {
    agent_id: instance.agentId,
    ...(agentName === undefined ? {} : { agent_name: agentName }),
    instance: instance.name,
    transport: instance.transport,
    ...(instance.isLost ? { is_lost: true } : {}),
  },
})

const instanceView = (instance: AgentInstanceRecord): AgentInstance => ({
  id: instance.id,
  name: instance.name,
  transport: instance.transport,
  is_connected: !instance.isLost,
  concurrency: instance.concurrency,
  in_flight: instance.inFlight,
  connected_at: instance.connectedAt.toISOString(),
  last_heartbeat_at: instance.seenAt.toISOString(),
})
