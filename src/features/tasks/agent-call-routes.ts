import {
  AgentCallAnswers,
  AgentCalls,
  boundedText,
  type AgentCallAnswer,
  type Assignment,
  type ParsedAgentCall,
} from '@cadre/contract'
import { z } from 'zod'
import { authorise, authoriseSome } from '#features/access/index.ts'
import { agentResource, type AgentRecord, type AgentService } from '#features/agents/index.ts'
import { AppError, type ErrorKind } from '#platform/errors.ts'
import { answers, createRouter, documented, takes } from '#platform/web/router.ts'
import { notClaimable } from './task-errors.ts'
import type { TaskReports } from './task-reports.ts'
import type { TaskRecord } from './task.ts'

const agentCalls = documented(
  {
    summary: 'Claim, complete, fail, hand back and keep several tasks in one request',
    tag: 'Agents',
    description:
      'For agents that handle many tasks at once: each call stands for itself and is answered at the same place, with an error of its own where it is refused.',
    refusals: [404, 409, 422],
  },
  {
    method: 'post',
    path: '/agents/{id}/calls',
    request: { params: z.object({ id: boundedText(200, 1) }), body: takes(AgentCalls) },
    responses: { 200: answers(AgentCallAnswers, 'An answer for every call, in their order') },
  },
)

export interface AgentCallOptions {
  agents: AgentService
  reports: TaskReports
  /** How long a claim holds unless the claimer asks otherwise. */
  leaseMs: number
}

/** What agents say about their tasks, gathered: the calls of a request share statements. */
export const agentCallRoutes = ({ agents, reports, leaseMs }: AgentCallOptions) => {
  const router = createRouter()
  const leaseMsOf = (seconds: number | undefined) =>
    seconds === undefined ? leaseMs : seconds * 1_000

  const answerTo = async (agent: AgentRecord, call: ParsedAgentCall): Promise<AgentCallAnswer> => {
    if (call.call === 'claim') return claim(agent, call)
    const { task_id: taskId, attempt_token: token } = call
    if (call.call === 'heartbeat') {
      const { tenantId, id: agentId } = agent
      const report = { taskId, tenantId, agentId, agent, token }
      const expiresAt = await reports.heartbeat({
        ...report,
        leaseMs: leaseMsOf(call.lease_seconds),
      })
      return { lease_expires_at: expiresAt.toISOString() }
    }
    const report = { taskId, agent, token, cost: call.cost ?? null }
    if (call.call === 'complete')
      await reports.completeHeld({ ...report, result: call.result ?? null })
    else if (call.call === 'hand_back') await reports.handBack({ ...report, retryAfterMs: null })
    else
      await reports.fail({
        ...report,
        category: call.category,
        error: call.error_message,
        retryAfterMs:
          call.retry_after_seconds === undefined ? null : call.retry_after_seconds * 1_000,
      })
    return {}
  }
  const claim = async (
    agent: AgentRecord,
    call: ParsedAgentCall & { call: 'claim' },
  ): Promise<AgentCallAnswer> => {
    const task = await reports.tryClaim({
      taskId: call.task_id,
      agent,
      leaseMs: leaseMsOf(call.lease_seconds),
      instance: call.instance,
    })
    if (task === null) throw notClaimable()
    return { task: assignmentOf(task) }
  }

  router.openapi(agentCalls, async (context) => {
    const principal = context.get('principal')
    authoriseSome(principal, 'task.report')
    const agent = await agents.resolve(principal.tenantId, context.req.valid('param').id)
    authorise(principal, 'task.report', agentResource(agent))
    await agents.presence.seen(agent)
    const { calls } = context.req.valid('json')
    const answered = calls.map((call) => answerTo(agent, call).catch(refusalOf))
    return context.json({ answers: await Promise.all(answered) }, 200)
  })
  return router
}

const assignmentOf = (task: TaskRecord): Assignment => {
  if (task.attemptToken === null) throw new Error('Broken invariant: a claimed task has a token')
  return {
    id: task.id,
    title: task.title,
    agent_id: task.agentId,
    capability: task.capability,
    input: task.input as Assignment['input'],
    priority: task.priority,
    attempt: task.attempt,
    attempt_token: task.attemptToken,
    retry_count: task.retryCount,
    max_retries: task.maxRetries,
    tags: task.tags,
    run_at: task.runAt.toISOString(),
    created_at: task.createdAt.toISOString(),
    lease_expires_at: task.leaseExpiresAt?.toISOString() ?? null,
  }
}

const STATUS: Partial<Record<ErrorKind, number>> = {
  not_found: 404,
  conflict: 409,
  internal: 500,
  unavailable: 503,
}

/** What was refused is told at its place, for other calls of the request may have counted. */
const refusalOf = (error: unknown): AgentCallAnswer => {
  const status = error instanceof AppError ? STATUS[error.kind] : undefined
  if (status === undefined || !(error instanceof AppError)) throw error
  return { error: { status, code: error.code, message: error.publicMessage } }
}
