import { recordAlone } from '#features/audit/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import type { AppError } from '#platform/errors.ts'
import type { AgentRecord } from './agent.ts'

/** One record for each agent and reason within this time; the next one tells how many more. */
export const ALARM_WINDOW_MS = 60_000
const ALARMS_MAX = 1_000

/** Records agents that were not run because they are not what was signed. */
export const createAgentAlarms = (options: {
  db: Db
  clock: Clock
  onFault: (error: unknown) => void
}) => {
  const { db, clock } = options
  const raised = new Map<string, { atMs: number; repeated: number }>()

  return {
    /** Never rejects: what is wrong stays refused, recorded or not. */
    raise: async (agent: AgentRecord, error: AppError): Promise<void> => {
      const at = clock.now()
      const key = `${agent.id} ${error.code}`
      const last = raised.get(key)
      if (last !== undefined && at.getTime() - last.atMs < ALARM_WINDOW_MS) {
        last.repeated++
        return
      }
      if (raised.size >= ALARMS_MAX) raised.clear()
      raised.set(key, { atMs: at.getTime(), repeated: 0 })
      await recordAlone(db, {
        tenantId: agent.tenantId,
        at,
        action: 'agent.execute',
        resource: { kind: 'agent', id: agent.id, name: `${agent.name}@${agent.version}` },
        decision: 'denied',
        after: { code: error.code, reason: error.message, repeated: last?.repeated ?? 0 },
      }).catch(options.onFault)
    },
  }
}
