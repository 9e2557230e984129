import type { AgentInstances, AgentRecord } from '#features/agents/index.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { Ids } from '#platform/ids.ts'
import { findLeasesOfInstance } from './failure-store.ts'
import { createGiveUp, type GivingUp } from './lost-leases.ts'

const ROWS_PER_STEP = 500

export interface DeparturesOptions extends GivingUp {
  db: Db
  clock: Clock
  ids: Ids
  instances: Pick<AgentInstances, 'noteStream' | 'seenAt' | 'loseWithStream'>
  /** A process that has no stream again after this time is gone; 0: only its leases tell. */
  graceMs: number
  /** This process is ending itself: that streams end then says nothing about the other side. */
  isStopping: () => boolean
}

export type Departures = ReturnType<typeof createDepartures>

/**
 * Gives up what processes of remote agents held once they are gone, without waiting for their
 * leases. A process is heard of by its stream, which ends in the moment in which it is killed; one
 * that merely lost the connection comes back by another stream, here or elsewhere, or at least
 * reports itself, before the grace is over; one that stops in order says goodbye first.
 */
export const createDepartures = (options: DeparturesOptions) => {
  const { db, clock, instances, logger, graceMs, isStopping } = options
  const giveUp = createGiveUp(options)
  const waiting = new Set<Timer>()
  const settling = new Set<Promise<void>>()

  const giveUpAll = async (agent: AgentRecord, instance: string): Promise<void> => {
    for (;;) {
      const leases = await findLeasesOfInstance(db, { agentId: agent.id, instance }, ROWS_PER_STEP)
      const given = await Promise.all(
        leases.map((lease) =>
          giveUp(lease, {
            outcome: 'abandoned',
            error: "The agent's process that held the task is gone.",
          }),
        ),
      )
      if (leases.length < ROWS_PER_STEP || !given.includes(true)) return
    }
  }
  const settle = async (
    agent: AgentRecord,
    instance: string,
    last: { streamId: string; seenAt: Date },
  ): Promise<void> => {
    if (!(await instances.loseWithStream(agent, instance, last))) return
    logger.warn('agent.process_gone', { agentId: agent.id, instance })
    await giveUpAll(agent, instance)
  }

  return {
    /** A stream of this process begins. @returns to be called once it has ended */
    attend: (agent: AgentRecord, instance: string): (() => void) => {
      if (graceMs === 0) return () => {}
      const failed = (error: unknown) =>
        logger.warn('agent.departure_not_noticed', { agentId: agent.id, instance, error })
      const streamId = options.ids.uuid()
      void instances.noteStream(agent, instance, streamId).catch(failed)
      return () => {
        if (isStopping()) return
        const looked = instances.seenAt(agent, instance)
        // Told once, when the grace is over.
        looked.catch(() => {})
        const timer = clock.after(graceMs, () => {
          waiting.delete(timer)
          const settled = looked
            .then((seenAt) => seenAt && settle(agent, instance, { streamId, seenAt }))
            .catch(failed)
            .then(() => void settling.delete(settled))
          settling.add(settled)
        })
        waiting.add(timer)
      }
    },
    /** Notices nobody's departure any more; fulfils when what was noticed is done. */
    close: async (): Promise<void> => {
      for (const timer of waiting) timer.cancel()
      waiting.clear()
      await Promise.all(settling)
    },
  }
}
