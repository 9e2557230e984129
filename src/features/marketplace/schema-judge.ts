import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { AppError, invalidField, unavailable } from '#platform/errors.ts'
import type { SchemaAnswer, SchemaJob } from './schema-thread.ts'

/** Longest time for the schemas and examples of one publication, once the thread is there. */
const TIMEOUT_MS = 3_000
const WAITING_MAX = 64
const MEMORY_MIB_MAX = 256

/**
 * Judges schemas, and examples by them, away from the event loop: a schema may be made so that
 * judging by it never ends.
 */
export interface SchemaJudge {
  /** @throws AppError 422 naming the field, 503 while too many wait */
  judge(job: SchemaJob): Promise<void>
  close(): Promise<void>
}

export const createSchemaJudge = (timeoutMs = TIMEOUT_MS): SchemaJudge => {
  let waiting = 0
  let thread: Promise<Worker> | null = null
  let previous: Promise<unknown> = Promise.resolve()

  const stop = async () => {
    const worker = await thread?.catch(() => null)
    thread = null
    await worker?.terminate()
  }
  const started = (): Promise<Worker> => {
    const worker = new Worker(new URL('./schema-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB_MAX },
    })
    worker.unref()
    worker.on('error', () => {})
    // It says so when it is ready.
    const ready = once(worker, 'message').then(() => worker)
    worker.on('exit', () => {
      if (thread === ready) thread = null
    })
    return ready
  }
  const ask = async (job: SchemaJob): Promise<void> => {
    thread ??= started()
    const answer = await answerOf(await thread, job, timeoutMs)
    if (answer === null) {
      await stop()
      throw invalidField(
        'input_schema',
        'these schemas take too long to judge by: make them simpler',
      )
    }
    if (answer.faults.length === 0) return
    const [first] = answer.faults
    throw new AppError({
      kind: 'invalid',
      code: 'request.invalid',
      publicMessage: `${first?.field}: ${first?.message}`,
      details: answer.faults,
    })
  }
  return {
    judge: async (job) => {
      const isNothing = job.inputSchema === undefined && job.outputSchema === undefined
      if (isNothing) return
      if (waiting >= WAITING_MAX)
        throw unavailable('marketplace.busy', 'Too many publications are being judged. Try again.')
      waiting += 1
      const turn = previous.then(() => ask(job))
      previous = turn.catch(() => {})
      try {
        await turn
      } finally {
        waiting -= 1
      }
    },
    close: stop,
  }
}

/** Null when the thread took too long, or ended over it. */
const answerOf = (
  thread: Worker,
  job: SchemaJob,
  timeoutMs: number,
): Promise<SchemaAnswer | null> =>
  new Promise((resolve) => {
    const settle = (answer: SchemaAnswer | null) => {
      clearTimeout(timer)
      thread.off('message', settle).off('error', onEnd).off('exit', onEnd)
      resolve(answer)
    }
    const onEnd = () => settle(null)
    const timer = setTimeout(onEnd, timeoutMs)
    thread.on('message', settle).on('error', onEnd).on('exit', onEnd)
    thread.postMessage(job)
  })
