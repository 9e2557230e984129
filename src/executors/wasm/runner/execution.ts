import type { Worker } from 'node:worker_threads'
import type { Job, JobEnd } from '../runner-protocol.ts'
import type { HostBudgets } from '../wasi/budgets.ts'
import type { GuestEnd } from '../wasi/guest-end.ts'
import { OutputLog } from './output-log.ts'
import { watchProcessorTime } from './processor-watch.ts'
import type { WorkerJob, WorkerReport } from './worker-protocol.ts'

export type ProgramEnd = Omit<JobEnd, 'runnerMs'>

export interface Run {
  result: Promise<ProgramEnd>
  /**
   * Call it for every run once its result is there. `idle`: the thread may serve again, if
   * `mayServeAgain` allows that. Otherwise it is ended, whatever it does.
   */
  release: (mayServeAgain: boolean) => Promise<'idle' | 'gone' | 'stuck'>
  cancel: () => void
}

/** How long a program that has ended may take to leave its thread. */
const IDLE_WAIT_MS = 20

type Kill = { outcome: 'timeout' | 'cancelled'; error: string }
type End = (GuestEnd & { memoryBytes?: number }) | Kill

/** Runs one program on one worker and enforces its limits from outside. */
export const runProgram = (
  worker: Worker,
  work: { job: Job; module: WebAssembly.Module; budgets: HostBudgets },
  killGraceMs: number,
): Run => {
  const { job } = work
  const output = OutputLog.ofCapacity(job.outputBytesMax)
  const startedAt = performance.now()
  const ended = Promise.withResolvers<End>()
  const gone = Promise.withResolvers<'gone'>()

  const idle = Promise.withResolvers<'idle'>()
  const onExit = (): void => {
    gone.resolve('gone')
    ended.resolve({ outcome: 'runner_lost', error: 'The worker ended without a result.' })
  }
  const onError = (error: unknown): void => ended.resolve(endOfWorkerError(error))
  const onMessage = (report: WorkerReport): void => {
    if (report === 'idle') idle.resolve('idle')
    else if (report !== 'ready') ended.resolve(report)
  }
  worker.on('exit', onExit).on('error', onError).on('message', onMessage)
  const timer = setTimeout(() => ended.resolve(outOfTime(job.timeoutMs)), job.timeoutMs)
  const stopWatching = watchProcessorTime(worker, job, () =>
    ended.resolve(outOfProcessorTime(job.cpuMs)),
  )
  const message = workerJob(work, output)
  worker.postMessage(message, [message.stdin.buffer])

  const stop = async () => {
    const stuck = Promise.withResolvers<'stuck'>()
    const grace = setTimeout(() => stuck.resolve('stuck'), killGraceMs)
    void worker.terminate()
    const state = await Promise.race([gone.promise, stuck.promise])
    clearTimeout(grace)
    return state
  }

  const release = async (mayServeAgain: boolean) => {
    if (!mayServeAgain) return stop()
    const wait = Promise.withResolvers<'late'>()
    const timer = setTimeout(() => wait.resolve('late'), IDLE_WAIT_MS)
    const state = await Promise.race([idle.promise, gone.promise, wait.promise])
    clearTimeout(timer)
    if (state !== 'idle') return stop()
    worker.off('exit', onExit).off('error', onError).off('message', onMessage)
    return state
  }

  const finish = async (): Promise<ProgramEnd> => {
    const end = await ended.promise
    const durationMs = performance.now() - startedAt
    clearTimeout(timer)
    stopWatching()
    // A program that ended by itself can write no more; one that is killed can until it is gone.
    if (isKill(end)) await stop()
    return { ...toResult(end), ...readOutput(output), durationMs, memoryBytes: memoryOf(end) }
  }

  return {
    result: finish(),
    release,
    cancel: () => ended.resolve({ outcome: 'cancelled', error: 'The execution was cancelled.' }),
  }
}

const workerJob = (
  work: { job: Job; module: WebAssembly.Module; budgets: HostBudgets },
  output: OutputLog,
): WorkerJob => ({
  module: work.module,
  // A copy of its own: the job's bytes are a view into a whole message from the server.
  stdin: new Uint8Array(work.job.stdin),
  args: work.job.args,
  env: work.job.env,
  output: output.shared,
  budgets: work.budgets,
})

const isKill = (end: End): end is Kill => end.outcome === 'timeout' || end.outcome === 'cancelled'

const toResult = (end: End) =>
  end.outcome === 'exit'
    ? { outcome: end.outcome, exitCode: end.exitCode, error: null }
    : { outcome: end.outcome, exitCode: null, error: end.error }

/** What a program that was killed had is not known. */
const memoryOf = (end: End): number | null => (isKill(end) ? null : (end.memoryBytes ?? null))

const readOutput = (output: OutputLog) => ({
  stdout: output.read('stdout'),
  stderr: output.read('stderr'),
})

const outOfTime = (timeoutMs: number): Kill => ({
  outcome: 'timeout',
  error: `The program ran longer than ${timeoutMs} ms.`,
})

const outOfProcessorTime = (cpuMs: number): Kill => ({
  outcome: 'timeout',
  error: `The program used more than ${cpuMs} ms of processor time.`,
})

const endOfWorkerError = (error: unknown): GuestEnd => {
  const isHeapFull =
    error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return isHeapFull
    ? {
        outcome: 'out_of_memory',
        error: 'The program ran out of memory: its objects fill the heap.',
      }
    : { outcome: 'runner_lost', error: `The worker failed: ${String(error)}` }
}
