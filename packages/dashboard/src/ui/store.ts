export type Store<Value> = ReturnType<typeof createStore<Value>>

/** One value outside React that components follow with `useSyncExternalStore`. */
export const createStore = <Value>(initial: Value) => {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set: (next: Value) => {
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    size: () => listeners.size,
  }
}
