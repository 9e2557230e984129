import type { AgentTransport } from '@cadre/contract'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { hostname } from 'node:os'
import type { Cadre } from './cadre.ts'
import { pause } from './backoff.ts'
import { isRefusal } from './reports.ts'

/** Changes within this time are told together. */
const CHANGE_MS = 2_000
/** While its stream is down it reports so often, and so many times. */
const STILL_HERE_MS = 1_000
const STILL_HERE_REPORTS = 3
/** Without an answer that says when. */
const REPORT_MS = 10_000
const NAME_LENGTH_MAX = 200

export interface PresenceOptions {
  cadre: Cadre
  agentId: () => Promise<string>
  /** What people know the process by. Default: its host and process id. */
  name?: string | undefined
  transport: AgentTransport
  concurrency: number
  inFlight: () => number
}

/** Tells Cadre that this process is there, for people to see. */
export interface Presence {
  /** By which Cadre knows the process. */
  readonly instance: string
  /** Offers can come, or not any more: it reports only while they can. */
  setConnected(isConnected: boolean): void
  /** What it is at has changed. */
  changed(): void
  /**
   * Its stream has ended, which is how Cadre would learn of its death, or is there again: while
   * it is not, the process says that it lives, lest others get its tasks.
   */
  setStreaming(isStreaming: boolean): void
  /** Says goodbye, once, and ends. From then on Cadre trusts the leases of what still runs. */
  end(): Promise<void>
}

/**
 * Reports again and again, a moment after each change and every ten seconds. A report that fails
 * is made again later; one that is refused was the last, for the work does not depend on it.
 */
export const showPresence = (options: PresenceOptions): Presence => {
  const { cadre } = options
  const instance = randomUUID()
  const name = (options.name ?? `${hostname()}:${process.pid}`).slice(-NAME_LENGTH_MAX)
  const ending = new AbortController()
  let change = Promise.withResolvers<void>()
  let isConnected = false
  let isKnown = false

  const report = async (agentId: string): Promise<number> => {
    const { transport, concurrency, inFlight } = options
    const body = { name, transport, concurrency, in_flight: inFlight() }
    const answer = await cadre.agents.reportInstance(agentId, instance, body)
    isKnown = true
    return answer.next_report_seconds * 1_000
  }
  const repeat = async () => {
    while (!ending.signal.aborted) {
      change = Promise.withResolvers<void>()
      if (!isConnected) {
        await Promise.race([change.promise, ended])
        continue
      }
      let nextMs = REPORT_MS
      try {
        nextMs = await report(await options.agentId())
      } catch (error) {
        if (isRefusal(error) && error.status < 500 && error.status !== 429) return
      }
      await pause(CHANGE_MS, ending.signal)
      const waiting = new AbortController()
      const signal = AbortSignal.any([waiting.signal, ending.signal])
      await Promise.race([change.promise, pause(Math.max(0, nextMs - CHANGE_MS), signal)])
      waiting.abort()
    }
  }
  const ended = once(ending.signal, 'abort')
  const repeating = repeat()
  let interrupted: AbortController | null = null
  let insisting: Promise<void> = Promise.resolve()
  const stillHere = async (isOver: AbortSignal) => {
    for (let reports = 0; reports < STILL_HERE_REPORTS && !isOver.aborted; reports++) {
      await options
        .agentId()
        .then(report)
        .catch(() => {})
      await pause(STILL_HERE_MS, isOver)
    }
  }
  let farewell: Promise<void> | undefined
  const sayGoodbye = async () => {
    ending.abort()
    // A report that arrived after the goodbye would take it back.
    await Promise.all([repeating, insisting])
    if (!isKnown) return
    // Cadre finds out by itself when it cannot be told.
    await cadre.agents.removeInstance(await options.agentId(), instance).catch(() => {})
  }

  return {
    instance,
    setConnected: (next) => {
      isConnected = next
      change.resolve()
    },
    changed: () => change.resolve(),
    setStreaming: (isStreaming) => {
      interrupted?.abort()
      interrupted = null
      if (isStreaming || !isKnown) return
      interrupted = new AbortController()
      insisting = stillHere(AbortSignal.any([interrupted.signal, ending.signal]))
    },
    end: () => (farewell ??= sayGoodbye()),
  }
}
