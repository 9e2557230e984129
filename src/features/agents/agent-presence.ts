import type { AgentId } from '@cadre/contract'
import type { Clock, Timer } from '#platform/clock.ts'
import type { AgentRecord } from './agent.ts'

/** What is known of an agent's presence is at most so old while it calls or listens. */
export const SEEN_MS = 60_000
const AGENTS_REMEMBERED_MAX = 10_000

type Present = Pick<AgentRecord, 'id' | 'tenantId'>

export interface PresenceOptions {
  clock: Clock
  /** Writes down that the agent is there now. */
  touch: (agent: Present) => Promise<void>
}

export type AgentPresence = ReturnType<typeof createAgentPresence>

/** Notes that remote agents are there, for those who ask why a task waits. */
export const createAgentPresence = ({ clock, touch }: PresenceOptions) => {
  const seenAtMs = new Map<AgentId, number>()

  return {
    /** It called just now: written down once a minute and process, however often it calls. */
    seen: async (agent: Present & Pick<AgentRecord, 'runtime'>): Promise<void> => {
      const { id, runtime } = agent
      if (runtime !== 'remote') return
      const nowMs = clock.now().getTime()
      const knownMs = seenAtMs.get(id)
      if (knownMs !== undefined && nowMs - knownMs < SEEN_MS) return
      if (seenAtMs.size >= AGENTS_REMEMBERED_MAX) seenAtMs.clear()
      seenAtMs.set(id, nowMs)
      try {
        await touch(agent)
      } catch (error) {
        seenAtMs.delete(id)
        throw error
      }
    },

    /** It listens, until the answer is called. A fault is handed over and the next minute tries. */
    listens: (agent: Present, onFault: (error: unknown) => void): (() => void) => {
      let timer: Timer
      const schedule = () => {
        timer = clock.after(SEEN_MS, () => {
          touch(agent).catch(onFault)
          schedule()
        })
      }
      schedule()
      return () => timer.cancel()
    },
  }
}
