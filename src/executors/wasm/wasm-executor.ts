import type { InspectModule } from '#features/agents/module-inspector.ts'
import type {
  Execution,
  ExecutionRequest,
  Executor,
  ExecutorHealth,
} from '#features/tasks/executor.ts'
import { ExecutionSlots } from './execution-slots.ts'
import { badArgument } from './executor-errors.ts'
import {
  resolveOptions,
  type ResolvedOptions,
  type WasmExecutorOptions,
} from './executor-options.ts'
import { createModuleInspector } from './module-inspector.ts'
import { MODULE_LIMITS, PAGE_BYTES } from './module/module-limits.ts'
import { RunnerHost, type RunnerHostOptions } from './runner-host.ts'
import { endOf, runJob } from './runner-job.ts'
import type { RunnerStart } from './runner-process.ts'
import type { Job, JobEnd } from './runner-protocol.ts'

/** Timers hold no more than 31 bits of milliseconds. */
const TIMER_MS_MAX = 2 ** 31 - 1
/** Program name, arguments and environment together. */
const ARGUMENT_BYTES_MAX = 1024 * 1024

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
    const end = await runJob(parts.host, {
      job: toJob(request, parts.options),
      loadModule: request.loadModule,
      signal: request.signal,
      loadTimeoutMs: parts.options.loadTimeoutMs,
      backstopMs: backstopMs(request, parts.options),
    })
    const { outcome, runnerMs, durationMs } = end
    parts.options.onExecutionEnd({ outcome, waitMs, runnerMs, durationMs })
    return toExecution(end)
  } finally {
    parts.slots.release()
  }
}

const toJob = (request: ExecutionRequest, options: ResolvedOptions): Job => ({
  digest: request.digest,
  pagesMax: wholeUpTo(request.limits.memoryBytesMax, options.memoryBytesMax, PAGE_BYTES),
  stdin: request.stdin,
  args: request.args,
  env: request.env,
  timeoutMs: wholeUpTo(request.limits.timeoutMs, TIMER_MS_MAX),
  cpuMs: wholeUpTo(request.limits.cpuMs, TIMER_MS_MAX),
  outputBytesMax: wholeUpTo(request.limits.outputBytesMax, options.outputBytesMax),
})

/** `value` in whole units, at most `max`; what makes no sense counts as nothing. */
const wholeUpTo = (value: number, max: number, unit = 1): number =>
  Math.floor(Math.max(0, Math.min(value, max)) / unit) || 0

/** Past everything the runner itself enforces: compiling, running, and stopping. */
const backstopMs = (request: ExecutionRequest, options: ResolvedOptions): number =>
  Math.min(
    options.compileTimeoutMs + request.limits.timeoutMs + 2 * options.killGraceMs,
    TIMER_MS_MAX,
  )

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

const toExecution = (end: JobEnd): Execution => ({
  outcome: end.outcome,
  exitCode: end.exitCode,
  stdout: decoder.decode(end.stdout),
  stderr: decoder.decode(end.stderr),
  durationMs: end.durationMs,
  error: end.error,
})

const checkArguments = (request: ExecutionRequest): void => {
  const names = Object.keys(request.env)
  const texts = [...request.args, ...names, ...Object.values(request.env)]
  if (texts.some((text) => text.includes('\0'))) {
    throw badArgument('Arguments and environment variables must not contain a zero byte.')
  }
  if (names.some((name) => name === '' || name.includes('='))) {
    throw badArgument('The name of an environment variable must not be empty or contain "=".')
  }
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0)
  if (bytes > ARGUMENT_BYTES_MAX) {
    throw badArgument(`Arguments and environment exceed ${ARGUMENT_BYTES_MAX} bytes together.`)
  }
}

const healthOf = (host: RunnerHost, slots: ExecutionSlots): ExecutorHealth => {
  const { isReady, isFailing, pid } = host.state
  const load = `${slots.used} running, ${slots.queued} waiting`
  if (isFailing) return { isHealthy: false, detail: `The sandbox process does not start; ${load}.` }
  return {
    isHealthy: true,
    detail: isReady ? `Sandbox process ${pid}: ${load}.` : `The sandbox process starts; ${load}.`,
  }
}

/** What a runner takes besides its programs' memory: its own heap, workers, compiled code. */
const RUNNER_OWN_BYTES_MAX = 1024 * 1024 * 1024

const executingHost = (options: ResolvedOptions): RunnerHostOptions => ({
  start: startOf(options),
  unresponsiveMs: options.unresponsiveMs,
  residentBytesMax: RUNNER_OWN_BYTES_MAX + options.concurrency * options.memoryBytesMax,
  onRunnerExit: options.onRunnerExit,
})

/** It runs no program, and compiles everything that a program could make the other one compile. */
const inspectingHost = (options: ResolvedOptions): RunnerHostOptions => {
  const start = startOf(options)
  return {
    ...executingHost(options),
    start: { ...start, settings: { ...start.settings, spareWorkers: 0 }, isEager: true },
    residentBytesMax: RUNNER_OWN_BYTES_MAX,
  }
}

const startOf = (options: ResolvedOptions): RunnerStart => ({
  settings: {
    spareWorkers: options.spareWorkers,
    cachedModulesMax: options.cachedModulesMax,
    cachedModuleBytesMax: options.cachedModuleBytesMax,
    moduleBytesMax: options.moduleBytesMax,
    memoryPagesMax: Math.floor(options.memoryBytesMax / PAGE_BYTES),
    compileTimeoutMs: options.compileTimeoutMs,
    killGraceMs: options.killGraceMs,
    budgets: options.budgets,
  },
  memoryPagesMax: Math.ceil(options.memoryBytesMax / PAGE_BYTES),
  tableElementsMax: MODULE_LIMITS.tableElementsMax,
  niceness: options.niceness,
  isEager: false,
})

const within = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
