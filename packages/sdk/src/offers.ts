import type { TaskOffer } from '@cadre/contract'

/** Cadre offers what was asked for; more than this is a fault, and dropping an offer loses nothing. */
export const OFFERS_WAITING_MAX = 1_000

/**
 * Handles offers as slots allow. An offer that waited longer than its claim time is dropped:
 * Cadre has made it again by then, here or elsewhere.
 */
export const offerQueue = (options: {
  concurrency: number
  handle: (offer: TaskOffer) => Promise<void>
  now?: () => number
}) => {
  const now = options.now ?? (() => performance.now())
  const waiting = new Map<string, { offer: TaskOffer; expiresAt: number }>()
  const running = new Set<Promise<void>>()
  let isClosed = false

  const fillSlots = () => {
    for (const [taskId, { offer, expiresAt }] of waiting) {
      if (isClosed || running.size >= options.concurrency) return
      waiting.delete(taskId)
      if (now() < expiresAt) run(offer)
    }
  }
  const run = (offer: TaskOffer) => {
    const work = options.handle(offer).finally(() => {
      running.delete(work)
      fillSlots()
    })
    running.add(work)
  }

  return {
    /**
     * A task that runs here may be offered again: when its lease was lost, another attempt may
     * start beside the one that has not noticed yet. A mere repeat is refused at its claim.
     */
    add(offer: TaskOffer): void {
      if (isClosed || waiting.size >= OFFERS_WAITING_MAX) return
      waiting.set(offer.task_id, { offer, expiresAt: now() + offer.claim_seconds * 1000 })
      fillSlots()
    },
    /** Takes no more; what runs goes on. */
    close(): void {
      isClosed = true
      waiting.clear()
    },
    /** Fulfils when nothing runs any more. */
    async idle(): Promise<void> {
      await Promise.allSettled(running)
    },
  }
}
