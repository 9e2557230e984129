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

interface Waiting {
  owner: string
  resolve: (worker: Worker) => void
}

/**
 * Keeps `spareCount` fresh workers at hand, and as many that served before. A worker serves up to
 * `executionsPerWorker` executions of one owner and never those of two, so that nothing an
 * execution might leave in its thread is ever near another owner's.
 */
export class WorkerPool {
  private readonly source: WorkerSource
  private readonly spareCount: number
  private readonly executionsPerWorker: number
  private readonly onBroken: (error: Error) => void
  private readonly spares: Worker[] = []
  /** Idle workers that belong to an owner, longest idle first. */
  private idle: { owner: string; worker: Worker }[] = []
  private waiting: Waiting[] = []
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

  async take(owner: string): Promise<Worker> {
    const worker = this.takeIdle(owner) ?? this.spares.shift() ?? (await this.awaitWorker(owner))
    this.served.set(worker, (this.served.get(worker) ?? 0) + 1)
    setTimeout(() => this.fill(), REFILL_DELAY_MS)
    return worker
  }

  mayServeAgain(worker: Worker): boolean {
    return (this.served.get(worker) ?? 0) < this.executionsPerWorker
  }

  /** Takes back an idle worker that may serve the same owner again. */
  giveBack(worker: Worker, owner: string): void {
    const index = this.waiting.findIndex((waiting) => waiting.owner === owner)
    const [waiting] = index === -1 ? [] : this.waiting.splice(index, 1)
    if (waiting !== undefined) return waiting.resolve(worker)
    this.idle.push({ owner, worker })
    if (this.idle.length > this.spareCount) void this.idle.shift()?.worker.terminate()
  }

  private takeIdle(owner: string): Worker | undefined {
    const index = this.idle.findLastIndex((entry) => entry.owner === owner)
    return index === -1 ? undefined : this.idle.splice(index, 1)[0]?.worker
  }

  private awaitWorker(owner: string): Promise<Worker> {
    const worker = new Promise<Worker>((resolve) => this.waiting.push({ owner, resolve }))
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
    if (waiting !== undefined) waiting.resolve(worker)
    else if (this.spares.length < this.spareCount) this.spares.push(worker)
    else void worker.terminate()
  }
}
