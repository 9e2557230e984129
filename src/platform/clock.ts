/** The only source of time. Tests hand in one that they move by hand. */
export interface Clock {
  now(): Date
  /** Calls back once after `delayMs`. The timer never keeps the process alive by itself. */
  after(delayMs: number, callback: () => void): Timer
}

export interface Timer {
  cancel(): void
}

export const systemClock: Clock = {
  now: () => new Date(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

/** A clock that stands still until `advance` moves it and runs what became due, in order. */
export interface ManualClock extends Clock {
  advance(byMs: number): void
}

export const manualClock = (startsAt = new Date('2026-01-01T00:00:00Z')): ManualClock => {
  let nowMs = startsAt.getTime()
  let timers: { dueMs: number; callback: () => void }[] = []
  const runDue = (untilMs: number) => {
    for (;;) {
      const next = timers
        .filter((timer) => timer.dueMs <= untilMs)
        .reduce<(typeof timers)[number] | null>(
          (first, timer) => (first === null || timer.dueMs < first.dueMs ? timer : first),
          null,
        )
      if (next === null) return
      timers = timers.filter((timer) => timer !== next)
      nowMs = Math.max(nowMs, next.dueMs)
      next.callback()
    }
  }
  return {
    now: () => new Date(nowMs),
    after: (delayMs, callback) => {
      const timer = { dueMs: nowMs + delayMs, callback }
      timers.push(timer)
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) }
    },
    advance: (byMs) => {
      const untilMs = nowMs + byMs
      runDue(untilMs)
      nowMs = untilMs
    },
  }
}
