import { isRefusal } from './reports.ts'

/** Three chances to be heard before a lease runs out. */
const BEATS_PER_LEASE = 3

export interface LeaseOptions {
  leaseMs: number
  beat: () => Promise<unknown>
  /** Cadre `refused` a beat, or none reached it for a whole lease and the lease `expired`. */
  onLost: (how: 'refused' | 'expired') => void
}

export interface Lease extends Disposable {
  /** Cadre refused something else that was sent under the lease. */
  refused(): void
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
  const lose = (how: 'refused' | 'expired') => {
    if (isOver) return
    end()
    options.onLost(how)
  }
  const expectBeat = () => {
    beatTimer = setTimeout(() => void beat(), options.leaseMs / BEATS_PER_LEASE)
  }
  /** Counted from when the beat left: Cadre cannot have granted less than that. */
  const renew = (sentAt: number) => {
    clearTimeout(expiryTimer)
    expiryTimer = setTimeout(
      () => lose('expired'),
      Math.max(0, sentAt + options.leaseMs - performance.now()),
    )
  }
  const beat = async () => {
    const sentAt = performance.now()
    try {
      await options.beat()
      if (isOver) return
      renew(sentAt)
    } catch (error) {
      if (isRefusal(error)) return lose('refused')
    }
    if (!isOver) expectBeat()
  }

  renew(performance.now())
  expectBeat()
  return { refused: () => lose('refused'), [Symbol.dispose]: end }
}
