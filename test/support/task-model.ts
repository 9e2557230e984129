import type { AgentId, AttemptToken, FailureCategory, TaskStatus } from '@cadre/contract'

/** What the engine promises of one task, told a second time and as simply as possible. */
export interface ModelTask {
  status: TaskStatus
  agentId: AgentId | null
  capability: string | null
  holder: AgentId | null
  token: AttemptToken | null
  leaseExpiresAtMs: number | null
  retryCount: number
  maxRetries: number
  runAtMs: number
  attempts: string[]
  events: string[]
}

export interface ModelAgent {
  id: AgentId
  capabilities: readonly string[]
}

export interface ModelReport {
  agent: ModelAgent
  token: AttemptToken | null
}

const BASE_MS = 5_000
const CAP_MS = 12_000
const HOPELESS = ['permanent', 'sandbox_violation', 'budget_exceeded']
/** The backoff of every task of the model, and the middle of the jitter. */
export const MODEL_BACKOFF = { base_seconds: BASE_MS / 1_000, cap_seconds: CAP_MS / 1_000 }
export const MODEL_FRACTION = 0.5

export const createModel = (leaseMs: number) => {
  const mayClaim = (task: ModelTask, agent: ModelAgent) =>
    task.agentId === null
      ? agent.capabilities.includes(task.capability ?? '')
      : task.agentId === agent.id
  const holds = (task: ModelTask, { agent, token }: ModelReport) =>
    task.status === 'IN_PROGRESS' &&
    task.holder === agent.id &&
    (token === null || token === task.token)
  const whyStale = (task: ModelTask, { agent, token }: ModelReport) => {
    if (task.status === 'DONE' || task.status === 'CANCELLED') return 'task.already_finished'
    if (task.status === 'QUARANTINED') return 'task.quarantined'
    return task.holder !== agent.id && token === null ? 'task.already_claimed' : 'task.lease_lost'
  }
  const whyNotClaimed = (task: ModelTask, agent: ModelAgent, nowMs: number) => {
    if (task.status === 'DONE' || task.status === 'CANCELLED') return 'task.already_finished'
    if (task.status === 'QUARANTINED') return 'task.quarantined'
    if (task.status === 'IN_PROGRESS') return 'task.already_claimed'
    if (!mayClaim(task, agent)) return 'task.not_for_agent'
    return task.runAtMs > nowMs ? 'task.not_due' : null
  }
  const endAttempt = (task: ModelTask, outcome: string, event: string) => {
    if (task.status === 'IN_PROGRESS') task.attempts[task.attempts.length - 1] = outcome
    task.token = null
    task.leaseExpiresAtMs = null
    task.events.push(event)
  }
  const retry = (task: ModelTask, outcome: string, runAtMs: number) => {
    endAttempt(task, outcome, 'task.retried')
    task.status = 'TODO'
    task.holder = null
    task.runAtMs = runAtMs
  }
  const judge = (
    task: ModelTask,
    failure: { outcome: string; category: FailureCategory; retryAfterMs: number; nowMs: number },
  ) => {
    const backoffMs = Math.min(BASE_MS * 2 ** task.retryCount, CAP_MS)
    const jitteredMs = Math.round(backoffMs / 2 + (backoffMs / 2) * MODEL_FRACTION)
    task.retryCount++
    if (HOPELESS.includes(failure.category) || task.retryCount >= task.maxRetries) {
      endAttempt(task, failure.outcome, 'task.quarantined')
      task.status = 'QUARANTINED'
    } else retry(task, failure.outcome, failure.nowMs + Math.max(jitteredMs, failure.retryAfterMs))
  }
  const start = (task: ModelTask, agent: ModelAgent, nowMs: number, token: AttemptToken | null) => {
    task.status = 'IN_PROGRESS'
    task.holder = agent.id
    task.token = token
    task.leaseExpiresAtMs = nowMs + leaseMs
    task.attempts.push('running')
    task.events.push('task.claimed')
  }
  const finish = (task: ModelTask) => {
    endAttempt(task, 'done', 'task.completed')
    task.status = 'DONE'
  }

  // Each answers null when the engine must accept, otherwise the code of its refusal.
  return {
    /** `token` is what the engine answered. */
    claim: (task: ModelTask, agent: ModelAgent, nowMs: number, token: AttemptToken | null) => {
      const refusal = whyNotClaimed(task, agent, nowMs)
      if (refusal === null) start(task, agent, nowMs, token)
      return refusal
    },
    complete: (task: ModelTask, report: ModelReport, nowMs: number) => {
      if (holds(task, report)) {
        finish(task)
        return null
      }
      if (task.status !== 'TODO' || report.token !== null) return whyStale(task, report)
      const refusal = whyNotClaimed(task, report.agent, nowMs)
      if (refusal !== null) return refusal
      start(task, report.agent, nowMs, null)
      finish(task)
      return null
    },
    fail: (
      task: ModelTask,
      report: ModelReport & { category: FailureCategory; retryAfterMs: number; nowMs: number },
    ) => {
      if (!holds(task, report))
        return report.token === null ? 'task.not_holder' : whyStale(task, report)
      judge(task, { ...report, outcome: 'failed' })
      return null
    },
    heartbeat: (task: ModelTask, report: ModelReport, nowMs: number) => {
      if (!holds(task, report)) return whyStale(task, report)
      task.leaseExpiresAtMs = Math.max(task.leaseExpiresAtMs ?? 0, nowMs + leaseMs)
      return null
    },
    progress: (task: ModelTask, report: ModelReport) => {
      if (!holds(task, report)) return whyStale(task, report)
      task.events.push('task.progressed')
      return null
    },
    handBack: (task: ModelTask, report: ModelReport, nowMs: number) => {
      if (!holds(task, report)) return whyStale(task, report)
      retry(task, 'lost', nowMs)
      return null
    },
    cancel: (task: ModelTask) => {
      if (task.status === 'DONE' || task.status === 'CANCELLED') return 'task.already_finished'
      endAttempt(task, 'cancelled', 'task.cancelled')
      task.status = 'CANCELLED'
      return null
    },
    sweep: (task: ModelTask, nowMs: number) => {
      if (task.leaseExpiresAtMs === null || task.leaseExpiresAtMs >= nowMs) return
      judge(task, { outcome: 'lost', category: 'timeout', retryAfterMs: 0, nowMs })
    },
  }
}
