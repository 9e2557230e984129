import type { TaskOffer } from '@cadre/contract'

/** An offer, and what tells its sender what became of it where the claim alone does not. */
export interface Offer extends TaskOffer {
  /** It is claimed, or nobody's any more. */
  acknowledge?: () => void
  /** It could not be claimed now: for somebody else, or for later. */
  giveBack?: () => void
}

/** Cadre offers what was asked for; more than this is a fault, and dropping an offer loses nothing. */
export const OFFERS_WAITING_MAX = 1_000

/**
 * Handles offers as slots allow. An offer that waited longer than its claim time is dropped:
 * Cadre has made it again by then, here or elsewhere.
 */
export const offerQueue = (options: {
  concurrency: number
  handle: (offer: Offer) => Promise<void>
  /** Another number of offers is being handled. */
  onChange?: () => void
  now?: () => number
}) => {
  const now = options.now ?? (() => performance.now())
  const waiting = new Map<string, { offer: Offer; expiresAt: number }>()
  const running = new Set<Promise<void>>()
  let isClosed = false

  const fillSlots = () => {
    for (const [taskId, { offer, expiresAt }] of waiting) {
      if (isClosed || running.size >= options.concurrency) return
      waiting.delete(taskId)
      if (now() < expiresAt) run(offer)
      else offer.acknowledge?.()
    }
  }
  const run = (offer: Offer) => {
    const work = options.handle(offer).finally(() => {
      running.delete(work)
      fillSlots()
      options.onChange?.()
    })
    running.add(work)
    options.onChange?.()
  }

  return {
    /**
     * A task that runs here may be offered again: when its lease was lost, another attempt may
     * start beside the one that has not noticed yet. A mere repeat is refused at its claim.
     */
    add(offer: Offer): void {
      if (isClosed || waiting.size >= OFFERS_WAITING_MAX) return
      waiting.set(offer.task_id, { offer, expiresAt: now() + offer.claim_seconds * 1000 })
      fillSlots()
    },
    /** Takes no more; what runs goes on. */
    close(): void {
      isClosed = true
      waiting.clear()
    },
    /** How many are being handled. */
    running: (): number => running.size,
    /** Fulfils when nothing runs any more. */
    async idle(): Promise<void> {
      await Promise.allSettled(running)
    },
  }
}
