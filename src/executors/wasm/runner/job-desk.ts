import type { Job, JobEnd, RunnerReport, RunnerSettings } from '../runner-protocol.ts'
import { runProgram } from './execution.ts'
import { ModuleCache } from './module-cache.ts'
import { compileGuarded } from './module-compiler.ts'
import type { WorkerPool } from './worker-pool.ts'

interface OpenJob {
  job: Job
  arrivedAt: number
  /** Ends the job at once while it waits, and stops its program once that runs. */
  cancel: () => void
}

/** Takes jobs, gets their modules, runs them, reports every one exactly once. */
export class JobDesk {
  private readonly settings: RunnerSettings
  private readonly pool: WorkerPool
  private readonly report: (message: RunnerReport) => void
  private readonly cache: ModuleCache
  private readonly jobs = new Map<number, OpenJob>()
  /** Jobs of one module that arrive together share one compilation. */
  private readonly compiling = new Map<string, ReturnType<typeof compileGuarded>>()

  constructor(settings: RunnerSettings, pool: WorkerPool, report: (message: RunnerReport) => void) {
    this.settings = settings
    this.pool = pool
    this.report = report
    this.cache = new ModuleCache({
      entriesMax: settings.cachedModulesMax,
      bytesMax: settings.cachedModuleBytesMax,
    })
  }

  async execute(id: number, job: Job): Promise<void> {
    const open: OpenJob = {
      job,
      arrivedAt: performance.now(),
      cancel: () =>
        this.finish(id, open, endWithoutRun('cancelled', 'The execution was cancelled.')),
    }
    this.jobs.set(id, open)
    const module = this.cache.get(keyOf(job))
    if (module === undefined) this.report({ kind: 'module_needed', id })
    else await this.run(id, open, module)
  }

  async deliver(id: number, bytes: Uint8Array): Promise<void> {
    const open = this.jobs.get(id)
    if (open === undefined) return
    const compilation = await this.compile(open.job, bytes)
    const isOpen = this.jobs.has(id)
    if (compilation.isCompiled) return isOpen ? this.run(id, open, compilation.module) : undefined
    const isStuck = compilation.outcome === 'stuck'
    const outcome = isStuck ? 'invalid_module' : compilation.outcome
    if (isOpen) this.finish(id, open, endWithoutRun(outcome, compilation.error))
    if (isStuck) this.report({ kind: 'stuck' })
  }

  cancel(id: number): void {
    this.jobs.get(id)?.cancel()
  }

  private async compile(job: Job, bytes: Uint8Array): ReturnType<typeof compileGuarded> {
    const key = keyOf(job)
    const pending = this.compiling.get(key) ?? compileGuarded(bytes, job.pagesMax, this.settings)
    this.compiling.set(key, pending)
    const compilation = await pending
    this.compiling.delete(key)
    if (compilation.isCompiled) this.cache.put(key, compilation.module, compilation.bytes)
    return compilation
  }

  private async run(id: number, open: OpenJob, module: WebAssembly.Module): Promise<void> {
    const { budgets, killGraceMs } = this.settings
    const worker = await this.pool.take(open.job.owner)
    if (!this.jobs.has(id)) return void worker.terminate()
    const run = runProgram(worker, { job: open.job, module, budgets }, killGraceMs)
    open.cancel = run.cancel
    const end = await run.result
    this.finish(id, open, end)
    const state = await run.release(end.outcome === 'exit' && this.pool.mayServeAgain(worker))
    if (state === 'idle') this.pool.giveBack(worker, open.job.owner)
    if (state === 'stuck') this.report({ kind: 'stuck' })
  }

  private finish(id: number, open: OpenJob, end: Omit<JobEnd, 'runnerMs'>): void {
    this.jobs.delete(id)
    const runnerMs = performance.now() - open.arrivedAt
    this.report({ kind: 'ended', id, end: { ...end, runnerMs } })
  }
}

/** The limit is compiled into the module, so it is part of what the cache knows it by. */
const keyOf = (job: Job): string => `${job.digest}/${job.pagesMax}`

const endWithoutRun = (outcome: JobEnd['outcome'], error: string): Omit<JobEnd, 'runnerMs'> => ({
  outcome,
  exitCode: null,
  stdout: new Uint8Array(),
  stderr: new Uint8Array(),
  error,
  durationMs: 0,
  memoryBytes: null,
})
