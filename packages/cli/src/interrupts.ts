import type { SignalSource } from './surroundings.ts'

/** A launcher passes on the Ctrl-C that the terminal has sent to both: one press counts once. */
const SAME_PRESS_MS = 200

/** Calls back for each Ctrl-C, with its number from 1, until the answer is called. */
export const onInterrupt = (
  signals: SignalSource,
  handle: (press: number) => void,
): (() => void) => {
  let presses = 0
  let lastAt = Number.NEGATIVE_INFINITY
  const listener = () => {
    const now = performance.now()
    if (now - lastAt < SAME_PRESS_MS) return
    lastAt = now
    presses += 1
    handle(presses)
  }
  signals.on('SIGINT', listener)
  return () => void signals.off('SIGINT', listener)
}
