import type { Queue, RunStatus, StepStatus, TaskStatus, TaskSummary } from '@cadre/contract'
import { printable } from './printable.ts'
import type { Style } from './terminal.ts'

const UNITS: readonly [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]

/** `4 min ago`, `in 12 s`; the exact time is in the JSON output. */
export const relativeTime = (timestamp: string, now = Date.now()): string => {
  const seconds = Math.round((Date.parse(timestamp) - now) / 1000)
  const size = Math.abs(seconds)
  const [name, unit] = UNITS.find(([, unit]) => size >= unit) ?? ['s', 1]
  if (size === 0) return 'now'
  const text = `${Math.floor(size / unit)} ${name}`
  return seconds < 0 ? `${text} ago` : `in ${text}`
}

export const duration = (ms: number): string => {
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const minutes = Math.floor(ms / 60_000)
  return `${minutes} min ${Math.round((ms % 60_000) / 1_000)} s`
}

export const byteSize = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

export const percent = (fraction: number | null): string =>
  fraction === null ? '–' : `${Math.round(fraction * 1_000) / 10} %`

export const count = (amount: number, noun: string): string =>
  `${amount} ${noun}${amount === 1 ? '' : 's'}`

const STATUS_STYLES: Record<TaskStatus, Style> = {
  TODO: 'yellow',
  IN_PROGRESS: 'cyan',
  DONE: 'green',
  QUARANTINED: 'red',
  CANCELLED: 'gray',
}
export const statusStyle = (status: TaskStatus): Style => STATUS_STYLES[status] ?? 'white'

const RUN_STATUS_STYLES: Record<RunStatus | StepStatus, Style> = {
  RECORDED: 'gray',
  WAITING: 'yellow',
  RUNNING: 'cyan',
  HELD: 'red',
  DONE: 'green',
  COMPLETED: 'green',
  FAILED: 'red',
  SKIPPED: 'gray',
  CANCELLED: 'gray',
  COMPENSATING: 'yellow',
  COMPENSATED: 'magenta',
}
export const runStatusStyle = (status: RunStatus | StepStatus): Style =>
  RUN_STATUS_STYLES[status] ?? 'white'

export const isRunOver = (status: RunStatus): boolean =>
  status !== 'RUNNING' && status !== 'COMPENSATING'

const WAIT_REASONS: Record<NonNullable<TaskSummary['waiting']>['reason'], string> = {
  queued: 'its turn has not come yet',
  backoff: 'it is tried again after a pause',
  scheduled: 'it is not due yet',
  no_agent: 'no agent for it is there',
  agent_disabled: 'its agent is disabled',
  admitted: 'it waits for an agent that is free',
  agent_disconnected: 'no agent for it is connected',
  queue_paused: 'its queue is paused',
  tenant_suspended: 'the tenant is suspended',
  concurrency_limit: 'a limit is used up',
  rate_limit: 'its queue starts no more for the moment',
}

/** Why a task has not started, with the time where one is known. */
export const waitReason = (waiting: NonNullable<TaskSummary['waiting']>): string => {
  const reason = WAIT_REASONS[waiting.reason] ?? printable(waiting.reason)
  const { limit, until } = waiting
  if (limit) {
    const name = limit.of === 'queue' ? 'its queue' : `${limit.of} ${printable(limit.name)}`
    return `${reason} (${limit.used} of ${limit.max} of ${name})`
  }
  return until === null ? reason : `${reason} (${relativeTime(until)})`
}

/** What a queue allows, in a few words. */
export const queueLimits = (limits: Queue['limits']): string => {
  const words = [
    limits.concurrency_max === null ? null : `${limits.concurrency_max} at once`,
    limits.concurrency_max_per_key === null ? null : `${limits.concurrency_max_per_key} per key`,
    limits.rate_per_second === null ? null : `${limits.rate_per_second}/s`,
    limits.rate_burst === null ? null : `bursts of ${limits.rate_burst}`,
  ]
  const said = words.filter((word) => word !== null)
  return said.length === 0 ? 'no limit' : said.join(', ')
}

export const isFinished = (status: TaskStatus): boolean =>
  status === 'DONE' || status === 'QUARANTINED' || status === 'CANCELLED'
