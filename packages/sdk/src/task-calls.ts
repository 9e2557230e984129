import type { AgentCall, Assignment, AttemptToken, TaskId } from '@cadre/contract'
import type { Cadre } from './cadre.ts'
import { gatherCalls } from './gathered-calls.ts'
import type { Failure } from './failures.ts'

/** Which attempt a report speaks of. */
export interface HeldTask {
  task_id: TaskId
  attempt_token: AttemptToken
}

/** What an agent says to Cadre about its tasks. Every call rejects with `CadreError` on a refusal. */
export interface TaskCalls {
  claim(taskId: TaskId, leaseSeconds: number): Promise<Assignment>
  complete(report: HeldTask & Outcome<'complete'>): Promise<void>
  fail(report: HeldTask & Failure & { cost?: string }): Promise<void>
  handBack(report: HeldTask & { cost?: string }): Promise<void>
  heartbeat(report: HeldTask & { lease_seconds: number }): Promise<void>
}

type Outcome<Name> = Omit<AgentCall & { call: Name }, 'call' | keyof HeldTask>

/**
 * Calls that are made at the same time share requests; heartbeats go beside them. Claims say which
 * process makes them, so that others get its tasks when it is gone.
 */
export const createTaskCalls = (cadre: Cadre, agentId: string, instance?: string): TaskCalls => {
  const send = async (calls: AgentCall[]) => (await cadre.agents.calls(agentId, calls)).answers
  const say = gatherCalls(send)
  const beat = gatherCalls(send)
  return {
    claim: async (task_id, lease_seconds) => {
      const { task } = await say({
        call: 'claim',
        task_id,
        lease_seconds,
        ...(instance === undefined ? {} : { instance }),
      })
      if (task === undefined) throw new Error('Cadre answered a claim without its task')
      return task
    },
    complete: async (report) => void (await say({ call: 'complete', ...report })),
    fail: async (report) => void (await say({ call: 'fail', ...report })),
    handBack: async (report) => void (await say({ call: 'hand_back', ...report })),
    heartbeat: async (report) => void (await beat({ call: 'heartbeat', ...report })),
  }
}
