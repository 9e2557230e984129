import type { AttemptStop } from '@cadre/contract'

/** Hears that one task's attempt should stop; disposed of when the attempt is over. */
export interface StopWatch extends Disposable {
  /** Aborts when the attempt is to stop, with the {@link AttemptStop} as its reason. */
  ofAttempt(attempt: number): AbortSignal
}

/** Hands what the stream tells of attempts to those that run them. */
export const stopDesk = () => {
  const watches = new Set<(stop: AttemptStop) => void>()
  return {
    tell: (stop: AttemptStop | undefined): void => {
      if (stop) for (const hear of watches) hear(stop)
    },
    watch: (taskId: string): StopWatch => {
      const heard: AttemptStop[] = []
      const abort = new AbortController()
      let mine: number | undefined
      const look = () => {
        const stop = heard.find(({ attempt }) => attempt === mine)
        if (stop) abort.abort(stop)
      }
      const hear = (stop: AttemptStop) => {
        if (stop.task_id !== taskId) return
        heard.push(stop)
        look()
      }
      watches.add(hear)
      return {
        ofAttempt: (attempt) => {
          mine = attempt
          look()
          return abort.signal
        },
        [Symbol.dispose]: () => void watches.delete(hear),
      }
    },
  }
}
