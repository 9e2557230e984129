/** A promise and the function that resolves it: what tests wait on instead of sleeping. */
export interface Signal<Value = void> {
  promise: Promise<Value>
  fire(value: Value): void
}

export const signal = <Value = void>(): Signal<Value> => {
  const { promise, resolve } = Promise.withResolvers<Value>()
  return { promise, fire: resolve }
}

/** Gathers what arrives, and lets a test wait until something has. */
export interface Inbox<Item> {
  readonly items: Item[]
  put(item: Item): void
  /** Resolves as soon as `isThere` holds for what arrived so far. */
  until(isThere: (items: readonly Item[]) => boolean): Promise<void>
  /** Resolves once so many have arrived. */
  count(items: number): Promise<void>
}

export const inbox = <Item>(): Inbox<Item> => {
  const items: Item[] = []
  const waiting = new Set<() => void>()
  const until = (isThere: (items: readonly Item[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!isThere(items)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  return {
    items,
    put: (item) => {
      items.push(item)
      for (const look of waiting) look()
    },
    until,
    count: (count) => until((arrived) => arrived.length >= count),
  }
}
