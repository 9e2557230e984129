import type { Clock, Timer } from '../clock.ts'
import type { Db } from '../db/db.ts'
import { giveUpLead, LEADERS_CHANNEL, takeLead, type Lease } from '../db/leader-store.ts'

/** A leader that is silent for so long is replaced; with the renewals, within five seconds. */
const LEAD_MS = 4_000
const RENEW_MS = 1_000
/** A leader whose renewal is not answered by then gives up, before another can take over. */
const GIVE_UP_MS = 3_500

export interface LeadershipOptions {
  db: Db
  clock: Clock
  /** What is led, such as `scheduler`. */
  name: string
  /** Names this process. */
  holder: string
  onFault: (error: unknown) => void
}

export interface LeadershipListener {
  /** This process leads now. `isTakenOver`: the one before did not give up, but fell silent. */
  onLead(lease: Lease, circumstances: { isTakenOver: boolean }): void
  /** This process leads no longer, or cannot know whether it does. */
  onLoss(): void
}

export interface Leadership {
  isLeader(): boolean
  /** Hands the lead over at once. */
  close(): Promise<void>
}

/**
 * Takes part in the election of one leader among all processes. The lease is for liveness: two may
 * believe to lead for a moment, so what must not happen twice also locks it (`lockLead`).
 */
export const joinElection = async (
  options: LeadershipOptions,
  listener: LeadershipListener,
): Promise<Leadership> => {
  const { db, clock, name, holder } = options
  let lease: Lease | null = null
  let timer: Timer | null = null
  let giveUpTimer: Timer | null = null
  let isClosed = false
  let campaigning: Promise<void> | null = null

  const lose = () => {
    giveUpTimer?.cancel()
    if (lease === null) return
    lease = null
    listener.onLoss()
  }
  const campaign = async () => {
    try {
      const now = clock.now()
      const expiresAt = new Date(now.getTime() + LEAD_MS)
      const lead = await takeLead(db, { name, holder, now, expiresAt })
      if (lead === null) return lose()
      const leftMs = now.getTime() + GIVE_UP_MS - clock.now().getTime()
      // The answer came too late to rely on it.
      if (leftMs <= 0) return lose()
      giveUpTimer?.cancel()
      giveUpTimer = clock.after(leftMs, lose)
      if (lease?.fence === lead.fence) return
      lease = { name, holder, fence: lead.fence }
      listener.onLead(lease, lead)
    } catch (error) {
      options.onFault(error)
    }
  }
  const tick = () => {
    if (isClosed || campaigning !== null) return
    timer?.cancel()
    campaigning = campaign().finally(() => {
      campaigning = null
      if (!isClosed) timer = clock.after(RENEW_MS, tick)
    })
  }
  const unlisten = await db.listen(LEADERS_CHANNEL, (freed) => {
    if (lease === null && (freed === name || freed === '')) tick()
  })
  tick()
  return {
    isLeader: () => lease !== null,
    close: async () => {
      isClosed = true
      timer?.cancel()
      await campaigning
      await unlisten()
      const held = lease
      lose()
      if (held !== null) await giveUpLead(db, held).catch(options.onFault)
    },
  }
}
