import type { ClaimedTask, ErrorBody } from '@cadre/contract'
import { expect } from 'vitest'
import type { RunningCadre } from './start-cadre.ts'

type Answer = ClaimedTask & ErrorBody

/** What an agent calls about tasks, as plain requests that may be refused. */
export const taskCallsOf = (caller: () => { cadre: RunningCadre; agentId: string }) => {
  const call = async (method: string, path: string, body: unknown) => {
    const response = await caller().cadre.request(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: response.status, body: (await response.json()) as Answer }
  }
  const putStatus = (id: string, body: unknown, prefix = '/api/v1') =>
    call('PUT', `${prefix}/tasks/${id}/status`, body)
  return {
    call,
    putStatus,
    reportFailure: (id: string, body: unknown, prefix = '/api/v1') =>
      call('POST', `${prefix}/tasks/${id}/report-failure`, body),
    /** Makes a task and claims it for the agent. */
    claimed: async (options: Parameters<RunningCadre['client']['tasks']['create']>[0] = {}) => {
      const { cadre, agentId } = caller()
      const task = await cadre.client.tasks.create({ agent_id: agentId, ...options })
      const claim = { agent_id: agentId, new_status: 'IN_PROGRESS' }
      const { status, body } = await putStatus(task.id, claim)
      expect(status).toBe(200)
      return { id: task.id, token: body.attempt_token ?? '' }
    },
    /** Claims a failed task again, which is due at once where it has no backoff. @returns its token */
    retried: async (id: string) => {
      const claim = { agent_id: caller().agentId, new_status: 'IN_PROGRESS' }
      return (await putStatus(id, claim)).body.attempt_token ?? ''
    },
    read: (id: string) => caller().cadre.client.tasks.get(id),
  }
}
