/** Denials of one principal that are recorded one by one within a window. */
export const DENIALS_PER_WINDOW = 20
export const DENIAL_WINDOW_MS = 60_000
const PRINCIPALS_MAX = 10_000
const OTHERS = 'others'

interface Window<Who> {
  who: Who
  startedAtMs: number
  recorded: number
  leftOut: number
}

/** Denials that were only counted. */
export interface LeftOut<Who> {
  who: Who
  count: number
}

/**
 * Lets the first denials of each principal be recorded, and counts the rest of a window, so that
 * nobody can fill the log by asking again and again.
 */
export const createDenialLimit = <Who>() => {
  const windows = new Map<string, Window<Who>>()

  return {
    /** True when this denial is to be recorded. */
    admit: (principalId: string, who: Who, nowMs: number): boolean => {
      const key = windows.has(principalId) || windows.size < PRINCIPALS_MAX ? principalId : OTHERS
      const window = windows.get(key) ?? { who, startedAtMs: nowMs, recorded: 0, leftOut: 0 }
      windows.set(key, window)
      if (window.recorded < DENIALS_PER_WINDOW) {
        window.recorded++
        return true
      }
      window.leftOut++
      return false
    },

    /** Ends the windows whose time is over, and answers what they left out. */
    endWindows: (nowMs: number): LeftOut<Who>[] => {
      const ended = [...windows].filter(
        ([, { startedAtMs }]) => nowMs - startedAtMs >= DENIAL_WINDOW_MS,
      )
      for (const [key] of ended) windows.delete(key)
      return ended.flatMap(([, { who, leftOut }]) =>
        leftOut === 0 ? [] : [{ who, count: leftOut }],
      )
    },

    get isEmpty(): boolean {
      return windows.size === 0
    },
  }
}
