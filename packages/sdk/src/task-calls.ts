import type { AgentCall, AgentCallAnswer, Assignment, AttemptToken, TaskId } from '@cadre/contract'
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

/** Calls that are made at the same time share requests; heartbeats go beside them. */
export const createTaskCalls = (cadre: Cadre, agentId: string): TaskCalls => {
  const sender = {
    alone: (call: AgentCall) => alone(cadre, agentId, call),
    together: async (calls: AgentCall[]) => (await cadre.agents.calls(agentId, calls)).answers,
  }
  const say = gatherCalls(sender)
  const beat = gatherCalls(sender)
  return {
    claim: async (task_id, lease_seconds) => {
      const { task } = await say({ call: 'claim', task_id, lease_seconds })
      if (task === undefined) throw new Error('Cadre answered a claim without its task')
      return task
    },
    complete: async (report) => void (await say({ call: 'complete', ...report })),
    fail: async (report) => void (await say({ call: 'fail', ...report })),
    handBack: async (report) => void (await say({ call: 'hand_back', ...report })),
    heartbeat: async (report) => void (await beat({ call: 'heartbeat', ...report })),
  }
}

/** The same by the route that the call has for itself. */
const alone = async (
  cadre: Cadre,
  agent_id: string,
  given: AgentCall,
): Promise<AgentCallAnswer> => {
  const { call, task_id, ...rest } = given
  const body = { agent_id, ...rest }
  if (given.call === 'claim')
    return {
      task: (await cadre.tasks.updateStatus(task_id, {
        ...body,
        new_status: 'IN_PROGRESS',
      })) as Assignment,
    }
  if (given.call === 'heartbeat') return cadre.tasks.heartbeat(task_id, body)
  if (given.call === 'fail') {
    const { error_message, category, retry_after_seconds, cost, attempt_token } = given
    const failure = { agent_id, attempt_token, error_message, category, retry_after_seconds, cost }
    await cadre.tasks.reportFailure(task_id, failure)
  } else
    await cadre.tasks.updateStatus(task_id, {
      ...body,
      new_status: call === 'complete' ? 'DONE' : 'TODO',
    })
  return {}
}
