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
 * Keeps `spareCount` started workers at hand. Each serves `executionsPerWorker` executions, one
 * after the other; by default one, so that no execution sees a thread that another one used.
 */
export class WorkerPool {
  private readonly source: WorkerSource
  private readonly spareCount: number
  private readonly executionsPerWorker: number
  private readonly onBroken: (error: Error) => void
  private readonly spares: Worker[] = []
  private readonly waiting: ((worker: Worker) => void)[] = []
  private readonly served = new WeakMap<Worker, number>()
  private startingCount = 0

  constructor(options: {
    source: WorkerSource
    spareCount: number
    executionsPerWorker: number
    /** A worker that cannot start: nothing will run any more. */
    onBroken: (error: Error) => void
  }) {
    this.source = options.source
    this.spareCount = options.spareCount
    this.executionsPerWorker = options.executionsPerWorker
    this.onBroken = options.onBroken
    this.fill()
  }

  async take(): Promise<Worker> {
    const worker = this.spares.shift() ?? (await this.awaitWorker())
    this.served.set(worker, (this.served.get(worker) ?? 0) + 1)
    setTimeout(() => this.fill(), REFILL_DELAY_MS)
    return worker
  }

  mayServeAgain(worker: Worker): boolean {
    return (this.served.get(worker) ?? 0) < this.executionsPerWorker
  }

  /** Takes back a worker that is idle and may serve again. */
  giveBack(worker: Worker): void {
    this.give(worker)
  }

  private awaitWorker(): Promise<Worker> {
    const worker = new Promise<Worker>((resolve) => this.waiting.push(resolve))
    this.fill()
    return worker
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
    if (waiting !== undefined) waiting(worker)
    else if (this.spares.length < this.spareCount) this.spares.push(worker)
    else void worker.terminate()
  }
}
