import type { ConsumerEvent } from '../../packages/sdk/src/index.ts'

export type ConsumerLog = ReturnType<typeof consumerLog>

/** Keeps what a consumer tells, and lets a test wait for it. */
export const consumerLog = () => {
  const all: ConsumerEvent[] = []
  const watchers = new Set<() => void>()
  return {
    all,
    push: (event: ConsumerEvent): void => {
      all.push(event)
      for (const look of watchers) look()
    },
    /** Fulfils with the `count`-th event of the type, past or to come. */
    next: (type: ConsumerEvent['type'], count = 1): Promise<ConsumerEvent> =>
      new Promise((resolve) => {
        const look = () => {
          const found = all.filter((event) => event.type === type)[count - 1]
          if (!found) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
      }),
  }
}
