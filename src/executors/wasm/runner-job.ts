import { moduleUnavailable } from './executor-errors.ts'
import type { RunnerHost } from './runner-host.ts'
import type { Job, JobEnd, JobOutcome, RunnerReport } from './runner-protocol.ts'

export interface JobRequest {
  job: Job
  loadModule: () => Promise<Uint8Array>
  signal?: AbortSignal
  /** Reading the module; then the execution rejects with an `AppError`. */
  loadTimeoutMs: number
  /** From the moment the runner has all it needs. Then its process is killed. */
  backstopMs: number
}

/**
 * Runs one job in the host's process. Resolves with every end the program can have, the loss of
 * the process included; rejects only when `loadModule` does.
 */
export const runJob = async (host: RunnerHost, request: JobRequest): Promise<JobEnd> => {
  if (!(await host.whenReady())) return endOf('runner_lost', 'The sandbox process does not start.')
  const { job, signal } = request
  const ended = Promise.withResolvers<JobEnd>()
  let backstop: NodeJS.Timeout | undefined
  let isOverdue = false

  const armBackstop = (): void => {
    backstop = setTimeout(() => {
      isOverdue = true
      host.kill('An execution did not end in time.')
    }, request.backstopMs)
  }
  const deliver = async (): Promise<void> => {
    clearTimeout(backstop)
    const bytes = await inTime(request.loadModule(), request.loadTimeoutMs)
    const problem = await digestProblem(bytes, job.digest)
    if (!host.has(id)) return
    if (problem === null) {
      armBackstop()
      host.send({ kind: 'module', id, bytes })
    } else {
      cancel()
      ended.resolve(endOf('invalid_module', problem))
    }
  }
  const onReport = (report: RunnerReport): void => {
    if (report.kind === 'module_needed') deliver().catch(ended.reject)
    else if (report.kind === 'ended') ended.resolve(report.end)
  }
  const onLost = (): void =>
    ended.resolve(
      isOverdue
        ? endOf('timeout', `The program ran longer than ${job.timeoutMs} ms and was killed.`)
        : endOf('runner_lost', 'The sandbox process ended while the program ran.'),
    )
  const cancel = (): void => host.send({ kind: 'cancel', id })

  const id = host.open({ onReport, onLost })
  signal?.addEventListener('abort', cancel, { once: true })
  armBackstop()
  host.send({ kind: 'execute', id, job })
  if (signal?.aborted) cancel()
  try {
    return await ended.promise
  } catch (error) {
    cancel()
    throw error
  } finally {
    clearTimeout(backstop)
    signal?.removeEventListener('abort', cancel)
    host.close(id)
  }
}

const inTime = async (loading: Promise<Uint8Array>, timeoutMs: number): Promise<Uint8Array> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(moduleUnavailable(timeoutMs)), timeoutMs)
  try {
    return await Promise.race([loading, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** The hash is computed off the event loop. */
const digestProblem = async (bytes: Uint8Array, digest: string): Promise<string | null> => {
  const hash = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)
  const actual = Buffer.from(hash).toString('hex')
  return actual === digest
    ? null
    : `The stored module does not match its digest: expected SHA-256 ${digest}, found ${actual}.`
}

export const endOf = (outcome: JobOutcome, error: string): JobEnd => ({
  outcome,
  exitCode: null,
  stdout: new Uint8Array(),
  stderr: new Uint8Array(),
  error,
  durationMs: 0,
  memoryBytes: null,
  runnerMs: 0,
})
