import type { Inspection, ModuleReport } from '#features/agents/module-inspector.ts'
import type { HostBudgets } from './wasi/budgets.ts'

/** What the server tells a runner process, over its IPC channel (structured clone). */
export type RunnerCommand =
  | { kind: 'execute'; id: number; job: Job }
  /** Answers `module_needed`. */
  | { kind: 'module'; id: number; bytes: Uint8Array }
  | { kind: 'cancel'; id: number }
  /** Judges a module of so many bytes without running it, as soon as all its pieces are there. */
  | { kind: 'inspect'; id: number; bytes: number }
  | { kind: 'inspect_piece'; id: number; piece: Uint8Array }
  /** The rest of its pieces will not come. */
  | { kind: 'inspect_cancel'; id: number }
  | { kind: 'ping' }

/** What a runner process reports. */
export type RunnerReport =
  | { kind: 'ready' }
  /** The runner does not hold this job's module. */
  | { kind: 'module_needed'; id: number }
  | { kind: 'ended'; id: number; end: JobEnd }
  | { kind: 'inspected'; id: number; inspection: Inspection }
  | { kind: 'pong' }
  /** Some thread does not stop, or a compilation does not end: the process must be killed. */
  | { kind: 'stuck' }

/** One execution; the module follows only when it is asked for. */
export interface Job {
  digest: string
  /** Executions of one owner may share a thread, one after the other. */
  owner: string
  /** The memory's exact end, in pages of 64 KiB. */
  pagesMax: number
  stdin: Uint8Array
  args: readonly string[]
  env: Readonly<Record<string, string>>
  timeoutMs: number
  cpuMs: number
  outputBytesMax: number
}

export interface JobEnd {
  outcome: JobOutcome
  exitCode: number | null
  stdout: Uint8Array
  stderr: Uint8Array
  error: string | null
  /** From the program's start to its end. */
  durationMs: number
  /** The most linear memory that it had; null when it was killed or never began. */
  memoryBytes: number | null
  /** From the job's arrival in the runner to its result; includes the wait for a worker. */
  runnerMs: number
}

export type JobOutcome =
  | 'exit'
  | 'trap'
  | 'timeout'
  | 'out_of_memory'
  | 'output_limit'
  | 'invalid_module'
  | 'cancelled'
  | 'runner_lost'

/** Handed to the runner process as JSON on its command line. */
export interface RunnerSettings {
  spareWorkers: number
  executionsPerWorker: number
  cachedModulesMax: number
  cachedModuleBytesMax: number
  moduleBytesMax: number
  /** Linear memory that a published module may ask for at its start. */
  memoryPagesMax: number
  compileTimeoutMs: number
  /** How long a thread may take to stop before it counts as stuck. */
  killGraceMs: number
  budgets: HostBudgets
}

const OUTCOMES: ReadonlySet<unknown> = new Set<JobOutcome>([
  'exit',
  'trap',
  'timeout',
  'out_of_memory',
  'output_limit',
  'invalid_module',
  'cancelled',
  'runner_lost',
])

/**
 * Null for anything but a report. The runner works on hostile input, so the server trusts the
 * shape of its words no further than this check.
 */
export const parseReport = (message: unknown): RunnerReport | null => {
  if (!isRecord(message)) return null
  switch (message.kind) {
    case 'ready':
    case 'pong':
    case 'stuck':
      return { kind: message.kind }
    case 'module_needed':
      return typeof message.id === 'number' ? { kind: message.kind, id: message.id } : null
    case 'inspected':
      return typeof message.id === 'number' && isInspection(message.inspection)
        ? { kind: message.kind, id: message.id, inspection: message.inspection }
        : null
    case 'ended':
      return typeof message.id === 'number' && isJobEnd(message.end)
        ? { kind: message.kind, id: message.id, end: message.end }
        : null
    default:
      return null
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const isTextOrNull = (value: unknown): value is string | null =>
  value === null || typeof value === 'string'

const isInspection = (value: unknown): value is Inspection => {
  if (!isRecord(value)) return false
  if (value.isAccepted === false) {
    return typeof value.code === 'string' && typeof value.reason === 'string'
  }
  return value.isAccepted === true && isModuleReport(value.report)
}

const isModuleReport = (value: unknown): value is ModuleReport =>
  isRecord(value) &&
  Array.isArray(value.imports) &&
  value.imports.every((name) => typeof name === 'string') &&
  typeof value.memoryPagesMin === 'number' &&
  (value.memoryPagesMax === null || typeof value.memoryPagesMax === 'number')

const isJobEnd = (value: unknown): value is JobEnd =>
  isRecord(value) &&
  OUTCOMES.has(value.outcome) &&
  (value.exitCode === null || Number.isInteger(value.exitCode)) &&
  value.stdout instanceof Uint8Array &&
  value.stderr instanceof Uint8Array &&
  isTextOrNull(value.error) &&
  (value.memoryBytes === null || Number.isInteger(value.memoryBytes)) &&
  typeof value.durationMs === 'number' &&
  typeof value.runnerMs === 'number'
