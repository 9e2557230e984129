import type { InspectModule } from '#features/agents/module-inspector.ts'
import type {
  Execution,
  ExecutionRequest,
  Executor,
  ExecutorHealth,
} from '#features/tasks/executor.ts'
import { backstopMs, checkArguments, toJob } from './execution-job.ts'
import { ExecutionSlots } from './execution-slots.ts'
import {
  resolveOptions,
  type ResolvedOptions,
  type WasmExecutorOptions,
} from './executor-options.ts'
import { createModuleInspector } from './module-inspector.ts'
import { executingHost, inspectingHost } from './host-options.ts'
import { RunnerHost } from './runner-host.ts'
import { endOf, runJob } from './runner-job.ts'
import type { JobEnd } from './runner-protocol.ts'

export interface WasmExecutorStats {
  running: number
  queued: number
  runnerPid: number | null
  /** 1 plus the number of times the runner had to be started again. */
  runnerStarts: number
}

export interface WasmExecutor extends Executor {
  inspect: InspectModule
  stats(): WasmExecutorStats
}

/**
 * Runs WASI preview 1 programs in a separate process without permissions. Answers at once; the
 * process starts in the background and the first executions wait for it.
 */
export const createWasmExecutor = (options: WasmExecutorOptions = {}): WasmExecutor => {
  const resolved = resolveOptions(options)
  const slots = new ExecutionSlots({ slotsMax: resolved.concurrency, queueMax: resolved.queueMax })
  const host = new RunnerHost(executingHost(resolved))
  const inspector = createModuleInspector(inspectingHost(resolved), resolved)
  host.start()
  return {
    execute: (request) => execute(request, { slots, host, options: resolved }),
    inspect: inspector.inspect,
    health: () => healthOf(host, slots),
    stats: () => ({
      running: slots.used,
      queued: slots.queued,
      runnerPid: host.state.pid,
      runnerStarts: host.state.starts,
    }),
    close: async (graceMs) => {
      await within(graceMs, slots.close())
      await Promise.all([host.stop('Cadre shuts down.'), inspector.close()])
    },
  }
}

interface Parts {
  slots: ExecutionSlots
  host: RunnerHost
  options: ResolvedOptions
}

const execute = async (request: ExecutionRequest, parts: Parts): Promise<Execution> => {
  checkArguments(request)
  const queuedAt = performance.now()
  if (!(await parts.slots.acquire(request.signal))) {
    return toExecution(endOf('cancelled', 'The execution was cancelled before it began.'))
  }
  const waitMs = performance.now() - queuedAt
  try {
    const job = toJob(request, parts.options)
    const end = await runJob(parts.host, {
      job,
      loadModule: request.loadModule,
      signal: request.signal,
      loadTimeoutMs: parts.options.loadTimeoutMs,
      backstopMs: backstopMs(job, parts.options),
    })
    const { outcome, runnerMs, durationMs } = end
    parts.options.onExecutionEnd({ outcome, waitMs, runnerMs, durationMs })
    return toExecution(end)
  } finally {
    parts.slots.release()
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const toExecution = (end: JobEnd): Execution => ({
  outcome: end.outcome,
  exitCode: end.exitCode,
  stdout: decoder.decode(end.stdout),
  stderr: decoder.decode(end.stderr),
  durationMs: end.durationMs,
  memoryBytes: end.memoryBytes,
  error: end.error,
})

const healthOf = (host: RunnerHost, slots: ExecutionSlots): ExecutorHealth => {
  const { isReady, isFailing, pid } = host.state
  const load = `${slots.used} running, ${slots.queued} waiting`
  if (isFailing) return { isHealthy: false, detail: `The sandbox process does not start; ${load}.` }
  return {
    isHealthy: true,
    detail: isReady ? `Sandbox process ${pid}: ${load}.` : `The sandbox process starts; ${load}.`,
  }
}

const within = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
