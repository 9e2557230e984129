import { executorClosed, queueFull } from './executor-errors.ts'

interface Waiting {
  admit: () => void
  refuse: (error: Error) => void
}

/** Lets a bounded number of executions through at once, the others in the order they came. */
export class ExecutionSlots {
  private readonly slotsMax: number
  private readonly queueMax: number
  private readonly waiting: Waiting[] = []
  private readonly idleListeners: (() => void)[] = []
  private usedCount = 0
  private isClosed = false

  constructor(limits: { slotsMax: number; queueMax: number }) {
    this.slotsMax = limits.slotsMax
    this.queueMax = limits.queueMax
  }

  get used(): number {
    return this.usedCount
  }

  get queued(): number {
    return this.waiting.length
  }

  /**
   * Resolves when a slot is free; pass it back with `release`. Answers false when `signal` was
   * aborted first, and rejects with an `AppError` when the queue is full or closed.
   */
  async acquire(signal?: AbortSignal): Promise<boolean> {
    if (this.isClosed) throw executorClosed()
    if (signal?.aborted) return false
    if (this.usedCount < this.slotsMax) {
      this.usedCount += 1
      return true
    }
    if (this.waiting.length >= this.queueMax) throw queueFull(this.queueMax)
    return this.wait(signal)
  }

  release(): void {
    const next = this.waiting.shift()
    if (next !== undefined) return next.admit()
    this.usedCount -= 1
    if (this.usedCount === 0) for (const tell of this.idleListeners.splice(0)) tell()
  }

  /** Refuses what waits and what comes; resolves when nothing runs any more. */
  close(): Promise<void> {
    this.isClosed = true
    for (const { refuse } of this.waiting.splice(0)) refuse(executorClosed())
    if (this.usedCount === 0) return Promise.resolve()
    return new Promise((resolve) => this.idleListeners.push(resolve))
  }

  private wait(signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1)
        resolve(false)
      }
      const entry: Waiting = {
        admit: () => {
          signal?.removeEventListener('abort', leave)
          resolve(true)
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', leave)
          reject(error)
        },
      }
      this.waiting.push(entry)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }
}
