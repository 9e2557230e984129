import type { RunnerExit } from './executor-options.ts'
import { residentBytes } from './resident-memory.ts'
import { startRunner, type RunnerProcess, type RunnerStart } from './runner-process.ts'
import type { RunnerCommand, RunnerReport } from './runner-protocol.ts'

const PING_INTERVAL_MS = 1_000
const MEMORY_CHECK_INTERVAL_MS = 100
/** From the start of the process to its first word. */
const START_TIMEOUT_MS = 30_000
/** A runner that dies before it is ready is started again after this long, doubled each time. */
const RESTART_DELAY_MS = 100
const RESTART_DELAY_MS_MAX = 5_000
/** After so many failed starts in a row waiting calls are given up; new ones may wait again. */
const FAILED_STARTS_MAX = 3

/** Something that was asked of the runner; hears the reports with its id until it is closed. */
export interface Call {
  onReport: (report: RunnerReport) => void
  /** The process is gone and so is the call. */
  onLost: () => void
}

export interface RunnerHostOptions {
  start: RunnerStart
  unresponsiveMs: number
  /** Physical memory of the process, in bytes; beyond it the process is killed. Linux only. */
  residentBytesMax: number
  onRunnerExit: (exit: RunnerExit) => void
}

type Phase = 'starting' | 'ready' | 'dying'

/** Keeps one runner process alive and routes its reports to the calls they belong to. */
export class RunnerHost {
  private readonly options: RunnerHostOptions
  private readonly calls = new Map<number, Call>()
  private readonly readyWaiters: ((isReady: boolean) => void)[] = []
  private runner: RunnerProcess | null = null
  private phase: Phase = 'starting'
  private isStopped = false
  private failedStarts = 0
  private nextId = 1
  private startCount = 0
  private pingTimer: NodeJS.Timeout | undefined
  private memoryTimer: NodeJS.Timeout | undefined
  private startTimer: NodeJS.Timeout | undefined
  private restartTimer: NodeJS.Timeout | undefined
  /** Since when a ping is unanswered. */
  private silentSince: number | null = null
  private readonly stopListeners: (() => void)[] = []

  constructor(options: RunnerHostOptions) {
    this.options = options
  }

  get state() {
    return {
      isReady: this.phase === 'ready',
      isFailing: this.failedStarts >= FAILED_STARTS_MAX,
      pid: this.runner?.pid ?? null,
      starts: this.startCount,
    }
  }

  /** Starts the process unless it runs or is about to. */
  start(): void {
    if (this.runner !== null || this.restartTimer !== undefined || this.isStopped) return
    this.startCount += 1
    this.phase = 'starting'
    this.runner = startRunner(this.options.start, {
      onReport: (report) => this.hear(report),
      onExit: (exit) => this.lose(exit),
    })
    this.startTimer = setTimeout(
      () => this.kill(`It was not ready within ${START_TIMEOUT_MS} ms.`),
      START_TIMEOUT_MS,
    )
  }

  /** False when the process cannot be started or the host is stopped. */
  whenReady(): Promise<boolean> {
    if (this.phase === 'ready') return Promise.resolve(true)
    if (this.isStopped) return Promise.resolve(false)
    this.start()
    return new Promise((resolve) => this.readyWaiters.push(resolve))
  }

  /** Registers a call with the ready process and answers its id. Close it when it has ended. */
  open(call: Call): number {
    const id = this.nextId
    this.nextId += 1
    this.calls.set(id, call)
    this.watch()
    return id
  }

  has(id: number): boolean {
    return this.calls.has(id)
  }

  close(id: number): void {
    this.calls.delete(id)
  }

  send(command: RunnerCommand): void {
    this.runner?.send(command)
  }

  /** Resolves when the process took it, so that large commands can follow each other slowly. */
  deliver(command: RunnerCommand): Promise<void> {
    return new Promise((resolve) => {
      if (this.runner === null) resolve()
      else this.runner.send(command, resolve)
    })
  }

  /** SIGKILL, then a new process. Calls that come meanwhile wait for that one. */
  kill(reason: string): void {
    if (this.phase === 'ready') this.phase = 'dying'
    this.runner?.kill(reason)
  }

  /** SIGKILL for good; resolves when the process is gone. Idempotent. */
  stop(reason: string): Promise<void> {
    this.isStopped = true
    clearTimeout(this.restartTimer)
    this.tellWaiters(false)
    if (this.runner === null) return Promise.resolve()
    this.kill(reason)
    return new Promise((resolve) => this.stopListeners.push(resolve))
  }

  private hear(report: RunnerReport): void {
    this.silentSince = null
    if (report.kind === 'ready') {
      clearTimeout(this.startTimer)
      this.phase = 'ready'
      this.failedStarts = 0
      this.tellWaiters(true)
    } else if (report.kind === 'stuck') {
      this.kill('A thread or a compilation did not stop in time.')
    } else if (report.kind !== 'pong') {
      this.calls.get(report.id)?.onReport(report)
    }
  }

  private lose(exit: Omit<RunnerExit, 'lostExecutions' | 'isExpected'>): void {
    const wasReady = this.phase !== 'starting'
    const lost = [...this.calls.values()]
    this.calls.clear()
    this.runner = null
    this.phase = 'starting'
    this.unwatch()
    clearTimeout(this.startTimer)
    if (!this.isStopped) this.restart(wasReady)
    for (const call of lost) call.onLost()
    for (const tell of this.stopListeners.splice(0)) tell()
    this.options.onRunnerExit({
      ...exit,
      isExpected: this.isStopped,
      lostExecutions: lost.length,
    })
  }

  private restart(wasReady: boolean): void {
    if (wasReady) return this.start()
    this.failedStarts += 1
    if (this.failedStarts >= FAILED_STARTS_MAX) this.tellWaiters(false)
    const delayMs = RESTART_DELAY_MS * 2 ** (this.failedStarts - 1)
    this.restartTimer = setTimeout(
      () => {
        this.restartTimer = undefined
        this.start()
      },
      Math.min(delayMs, RESTART_DELAY_MS_MAX),
    )
  }

  private tellWaiters(isReady: boolean): void {
    for (const tell of this.readyWaiters.splice(0)) tell(isReady)
  }

  /** Looks after the process while there are calls: a silent or swollen one is killed. */
  private watch(): void {
    if (this.pingTimer !== undefined) return
    this.pingTimer = setInterval(() => this.checkLife(), PING_INTERVAL_MS)
    this.memoryTimer = setInterval(() => this.checkMemory(), MEMORY_CHECK_INTERVAL_MS)
  }

  private unwatch(): void {
    clearInterval(this.pingTimer)
    clearInterval(this.memoryTimer)
    this.pingTimer = undefined
    this.silentSince = null
  }

  private checkLife(): void {
    if (this.calls.size === 0) return this.unwatch()
    if (this.silentSince === null) {
      this.silentSince = performance.now()
      return this.send({ kind: 'ping' })
    }
    const { unresponsiveMs } = this.options
    const silentMs = performance.now() - this.silentSince
    if (silentMs > unresponsiveMs) this.kill(`It did not answer for ${unresponsiveMs} ms.`)
  }

  private checkMemory(): void {
    const pid = this.runner?.pid ?? null
    if (pid === null || residentBytes(pid) <= this.options.residentBytesMax) return
    this.kill(`It took more than ${this.options.residentBytesMax} bytes of memory.`)
  }
}
