import { Worker } from 'node:worker_threads'
import type { ReadAnswer, ReadJob } from './definition-thread.ts'
import type { GivenSource } from './language/given-source.ts'
import type { DefinitionLimits, ReadDefinition } from './language/read-definition.ts'
import { definitionsBusy } from './workflow-errors.ts'

/** Reads definitions away from the event loop, one after the other, and for so long at the most. */
export interface DefinitionReader {
  /** Throws AppError 503 while too many wait. */
  read(source: GivenSource): Promise<ReadDefinition>
  /** What is being read is stopped. */
  close(): Promise<void>
}

export interface DefinitionReaderOptions {
  limits: DefinitionLimits
  /** Longest time for one definition. */
  timeoutMs: number
}

const WAITING_MAX = 64
const MEMORY_MIB_MAX = 512

/** The thread starts with the first definition, and anew after one that took too much. */
export const createDefinitionReader = (options: DefinitionReaderOptions): DefinitionReader => {
  let thread: Worker | null = null
  let waiting = 0
  let isClosed = false
  let previous: Promise<unknown> = Promise.resolve()

  const started = (): Worker => {
    const worker = new Worker(new URL('./definition-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB_MAX },
    })
    worker.unref()
    // A thread that ends between two definitions harms none of them: the next one starts another.
    worker
      .on('error', () => {})
      .on('exit', () => {
        if (thread === worker) thread = null
      })
    return worker
  }
  const stop = async () => {
    const worker = thread
    thread = null
    await worker?.terminate()
  }
  const ask = async (source: GivenSource): Promise<ReadDefinition> => {
    if (isClosed) throw definitionsBusy()
    thread ??= started()
    const job = { source, limits: options.limits }
    const answer = await answerOf(thread, job, options.timeoutMs).catch(async (error: unknown) => {
      await stop()
      throw error
    })
    if (answer === 'too late' || answer === 'too large') {
      await stop()
      return refused(
        answer === 'too late'
          ? `the definition takes longer than ${options.timeoutMs / 1_000} seconds to read`
          : 'the definition takes too much memory to read',
      )
    }
    if ('fault' in answer) throw new Error(`Reading a definition failed: ${answer.fault}`)
    return answer.read
  }

  return {
    read: async (source) => {
      if (waiting >= WAITING_MAX) throw definitionsBusy()
      waiting += 1
      const turn = previous.then(() => ask(source))
      previous = turn.catch(() => {})
      try {
        return await turn
      } finally {
        waiting -= 1
      }
    },
    close: () => {
      isClosed = true
      return stop()
    },
  }
}

const refused = (message: string): ReadDefinition => ({
  definition: null,
  problems: [{ message, path: '', line: 1, column: 1 }],
  warnings: [],
  references: [],
})

/** @throws whatever ended the thread, other than want of memory */
const answerOf = (
  thread: Worker,
  job: ReadJob,
  timeoutMs: number,
): Promise<ReadAnswer | 'too late' | 'too large'> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => resolve('too late')), timeoutMs)
    const settle = (conclude: () => void) => {
      clearTimeout(timer)
      thread.off('message', onMessage).off('error', onError).off('exit', onExit)
      conclude()
    }
    const onMessage = (answer: ReadAnswer) => settle(() => resolve(answer))
    const onError = (error: NodeJS.ErrnoException) =>
      settle(() =>
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? resolve('too large') : reject(error),
      )
    const onExit = () => settle(() => reject(new Error('Reading a definition was stopped')))
    thread.on('message', onMessage).on('error', onError).on('exit', onExit)
    thread.postMessage(job)
  })
