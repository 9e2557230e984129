import { availableParallelism } from 'node:os'
import type { ExecutionOutcome } from '@cadre/contract'
import { MODULE_LIMITS, PAGE_BYTES } from './module/module-limits.ts'
import { HOST_BUDGETS, type HostBudgets } from './wasi/budgets.ts'

const MIB = 1024 * 1024

export interface WasmExecutorOptions {
  /** Programs that run at the same time. Default: the number of processors. */
  concurrency?: number
  /** Executions that may wait for their turn; further ones are refused. Default 1,000. */
  queueMax?: number
  /** Started threads kept ready for the next executions. Default: `concurrency`, at least 2. */
  spareWorkers?: number
  /**
   * Executions of one owner that one thread serves, one after the other, each with an instance and
   * memory of its own. Default 100; 1 throws every thread away after its program. Reuse saves the
   * start of a thread (some 35 ms of processor time); only a thread whose program ended by itself
   * is used again, and never for another owner.
   */
  executionsPerWorker?: number
  /** Compiled modules kept. Default 64. */
  cachedModulesMax?: number
  /** Bytes of binary of the compiled modules kept; compiled code is some times larger. Default 128 MiB. */
  cachedModuleBytesMax?: number
  /** Size of one module, in bytes. Default 32 MiB. */
  moduleBytesMax?: number
  /** No execution gets more linear memory than this, whatever it asks for. Default 256 MiB. */
  memoryBytesMax?: number
  /** No execution writes more output than this, whatever it asks for. Default 16 MiB. */
  outputBytesMax?: number
  /** Reading one module by the request's `loadModule`. Default 30,000 ms. */
  loadTimeoutMs?: number
  /** Compiling one module. Default 5,000 ms: some ten times what the largest one takes. */
  compileTimeoutMs?: number
  /** How long a program that was told to stop may take. Then its process is killed. Default 5,000 ms. */
  killGraceMs?: number
  /** A runner process that is silent for this long while it has work is killed. Default 10,000 ms. */
  unresponsiveMs?: number
  /** Added to the runner's scheduling niceness, so that busy programs do not slow the server. Default 10. */
  niceness?: number
  /** Random bytes and polls that one execution may use. */
  budgets?: Partial<HostBudgets>
  /** Told whenever a runner process ends, expected or not. */
  onRunnerExit?: (exit: RunnerExit) => void
  /** Told after every execution, for metrics. */
  onExecutionEnd?: (measure: ExecutionMeasure) => void
}

export interface RunnerExit {
  pid: number | null
  code: number | null
  signal: string | null
  /** Nothing is wrong: Cadre shuts down, or has nothing to inspect for a while. */
  isExpected: boolean
  /** Why the server killed it; null when it ended by itself. */
  killReason: string | null
  /** The last of what it wrote to stderr. */
  stderrTail: string
  /** Executions that ended with it. */
  lostExecutions: number
}

export interface ExecutionMeasure {
  outcome: ExecutionOutcome
  /** In the server's queue. */
  waitMs: number
  /** Inside the runner, from the job's arrival to its result. */
  runnerMs: number
  /** The program itself. */
  durationMs: number
}

export type ResolvedOptions = Required<Omit<WasmExecutorOptions, 'budgets'>> & {
  budgets: HostBudgets
}

export const resolveOptions = (options: WasmExecutorOptions): ResolvedOptions => {
  const concurrency = options.concurrency ?? availableParallelism()
  return {
    concurrency,
    queueMax: options.queueMax ?? 1_000,
    spareWorkers: options.spareWorkers ?? Math.max(concurrency, 2),
    executionsPerWorker: options.executionsPerWorker ?? 100,
    cachedModulesMax: options.cachedModulesMax ?? 64,
    cachedModuleBytesMax: options.cachedModuleBytesMax ?? 128 * MIB,
    moduleBytesMax: options.moduleBytesMax ?? MODULE_LIMITS.moduleBytesMax,
    memoryBytesMax: options.memoryBytesMax ?? MODULE_LIMITS.memoryPagesMax * PAGE_BYTES,
    outputBytesMax: options.outputBytesMax ?? 16 * MIB,
    loadTimeoutMs: options.loadTimeoutMs ?? 30_000,
    compileTimeoutMs: options.compileTimeoutMs ?? 5_000,
    killGraceMs: options.killGraceMs ?? 5_000,
    unresponsiveMs: options.unresponsiveMs ?? 10_000,
    niceness: options.niceness ?? 10,
    budgets: { ...HOST_BUDGETS, ...options.budgets },
    onRunnerExit: options.onRunnerExit ?? (() => {}),
    onExecutionEnd: options.onExecutionEnd ?? (() => {}),
  }
}
