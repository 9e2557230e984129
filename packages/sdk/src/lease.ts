import { isRefusal } from './reports.ts'

/** Three chances to be heard before a lease runs out. */
const BEATS_PER_LEASE = 3

export interface LeaseOptions {
  leaseMs: number
  beat: () => Promise<{ cancel_requested: boolean }>
  onCancelRequested: () => void
  /** Cadre refused a beat, or none reached it for a whole lease: the task may run elsewhere now. */
  onLost: () => void
}

export interface Lease extends Disposable {
  /** Something else heard that the lease is gone. */
  lose(): void
}

/** Renews a lease until it is disposed of or lost. Calls `onLost` once at most. */
export const holdLease = (options: LeaseOptions): Lease => {
  let isOver = false
  let beatTimer: NodeJS.Timeout
  let expiryTimer: NodeJS.Timeout

  const end = () => {
    isOver = true
    clearTimeout(beatTimer)
    clearTimeout(expiryTimer)
  }
  const lose = () => {
    if (isOver) return
    end()
    options.onLost()
  }
  const expectBeat = () => {
    beatTimer = setTimeout(() => void beat(), options.leaseMs / BEATS_PER_LEASE)
  }
  /** Counted from when the beat left: Cadre cannot have granted less than that. */
  const renew = (sentAt: number) => {
    clearTimeout(expiryTimer)
    expiryTimer = setTimeout(lose, Math.max(0, sentAt + options.leaseMs - performance.now()))
  }
  const beat = async () => {
    const sentAt = performance.now()
    try {
      const answer = await options.beat()
      if (isOver) return
      renew(sentAt)
      if (answer.cancel_requested) options.onCancelRequested()
    } catch (error) {
      if (isRefusal(error)) return lose()
    }
    if (!isOver) expectBeat()
  }

  renew(performance.now())
  expectBeat()
  return { lose, [Symbol.dispose]: end }
}
