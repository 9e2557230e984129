import type { Worker } from 'node:worker_threads'

/** Looks again at the earliest after this long, so that a nearly spent budget costs little to watch. */
const CHECK_INTERVAL_MS_MIN = 5
const US_PER_MS = 1_000

/**
 * Calls `onSpent` once the thread has used `cpuMs` of processor time since now. One thread cannot
 * use more processor time than time passes, so the first look is due when `cpuMs` have passed.
 */
export const watchProcessorTime = (
  worker: Worker,
  limits: { cpuMs: number; timeoutMs: number },
  onSpent: () => void,
): (() => void) => {
  // Wall time runs out first: nothing to watch.
  if (limits.cpuMs >= limits.timeoutMs) return () => {}
  let isWatching = true
  let timer: NodeJS.Timeout
  const baseline = usedMs(worker)
  const look = async (): Promise<void> => {
    const [before, now] = await Promise.all([baseline, usedMs(worker)])
    if (!isWatching || before === null || now === null) return
    const leftMs = limits.cpuMs - (now - before)
    if (leftMs <= 0) onSpent()
    else timer = setTimeout(look, Math.max(leftMs, CHECK_INTERVAL_MS_MIN))
  }
  timer = setTimeout(look, limits.cpuMs)
  return () => {
    isWatching = false
    clearTimeout(timer)
  }
}

/** Null once the thread has ended. */
const usedMs = async (worker: Worker): Promise<number | null> => {
  try {
    const { user, system } = await worker.cpuUsage()
    return (user + system) / US_PER_MS
  } catch {
    return null
  }
}
