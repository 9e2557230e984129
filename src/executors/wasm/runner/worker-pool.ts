import { Worker } from 'node:worker_threads'
import { rehearse } from './rehearsal.ts'
import { WORKER_BOOTSTRAP, type WorkerSource } from './worker-source.ts'

/** The JavaScript heap of one worker; a program's own memory lies outside of it. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 }
/**
 * How long a replacement waits, so that starting it does not compete with the short program that
 * took its predecessor.
 */
const REFILL_DELAY_MS = 5

/**
 * Keeps `spareCount` started workers at hand. A worker is given out once and never comes back:
 * no execution sees a thread that another one used.
 */
export class WorkerPool {
  private readonly source: WorkerSource
  private readonly spareCount: number
  private readonly onBroken: (error: Error) => void
  private readonly spares: Worker[] = []
  private readonly waiting: ((worker: Worker) => void)[] = []
  private startingCount = 0

  constructor(options: {
    source: WorkerSource
    spareCount: number
    /** A worker that cannot start: nothing will run any more. */
    onBroken: (error: Error) => void
  }) {
    this.source = options.source
    this.spareCount = options.spareCount
    this.onBroken = options.onBroken
    this.fill()
  }

  take(): Promise<Worker> {
    const spare = this.spares.shift()
    if (spare === undefined) {
      const worker = new Promise<Worker>((resolve) => this.waiting.push(resolve))
      this.fill()
      return worker
    }
    setTimeout(() => this.fill(), REFILL_DELAY_MS)
    return Promise.resolve(spare)
  }

  private fill(): void {
    const wanted = this.spareCount + this.waiting.length
    while (this.spares.length + this.startingCount < wanted) this.start()
  }

  private start(): void {
    this.startingCount += 1
    const worker = new Worker(WORKER_BOOTSTRAP, {
      eval: true,
      env: {},
      execArgv: [],
      workerData: this.source,
      resourceLimits: RESOURCE_LIMITS,
    })
    worker.once('error', this.onBroken)
    worker.once('message', async () => {
      await rehearse(worker)
      worker.off('error', this.onBroken)
      this.startingCount -= 1
      this.give(worker)
    })
  }

  private give(worker: Worker): void {
    const waiting = this.waiting.shift()
    if (waiting === undefined) this.spares.push(worker)
    else waiting(worker)
  }
}
