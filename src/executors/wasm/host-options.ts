import type { ResolvedOptions } from './executor-options.ts'
import { MODULE_LIMITS, PAGE_BYTES } from './module/module-limits.ts'
import type { RunnerHostOptions } from './runner-host.ts'
import type { RunnerStart } from './runner-process.ts'

/** What a runner takes besides its programs' memory: its own heap, workers, compiled code. */
const RUNNER_OWN_BYTES_MAX = 1024 * 1024 * 1024

export const executingHost = (options: ResolvedOptions): RunnerHostOptions => ({
  start: startOf(options),
  unresponsiveMs: options.unresponsiveMs,
  residentBytesMax: RUNNER_OWN_BYTES_MAX + options.concurrency * options.memoryBytesMax,
  onRunnerExit: options.onRunnerExit,
})

/** It runs no program, and compiles everything that a program could make the other one compile. */
export const inspectingHost = (options: ResolvedOptions): RunnerHostOptions => {
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
    executionsPerWorker: options.executionsPerWorker,
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
