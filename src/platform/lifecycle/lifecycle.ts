import type { Logger } from '../telemetry/logger.ts'

/** Something that was started and must be stopped, in reverse order of starting. */
export interface Lifecycle {
  /** Remembers how to stop a part; parts stop in reverse order of this call. */
  onStop(name: string, stop: () => Promise<void> | void): void
  /** True from the first call of `stop`. */
  readonly isStopping: boolean
  /** Stops everything once; later calls wait for the first. Never rejects. */
  stop(): Promise<void>
}

export const createLifecycle = (logger: Logger): Lifecycle => {
  const parts: { name: string; stop: () => Promise<void> | void }[] = []
  let stopping: Promise<void> | null = null

  const stopAll = async () => {
    for (const part of parts.toReversed()) {
      try {
        await part.stop()
      } catch (error) {
        logger.error('lifecycle.stop_failed', { part: part.name, error })
      }
    }
  }
  return {
    onStop: (name, stop) => void parts.push({ name, stop }),
    get isStopping() {
      return stopping !== null
    },
    stop: () => (stopping ??= stopAll()),
  }
}
