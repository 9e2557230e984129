import type { Fanout, FanoutListener } from './shared-state.ts'

/** Listeners of this process, by channel; in memory, they are all there are. */
export interface LocalListeners {
  add(channel: string, listener: FanoutListener): void
  remove(channel: string, listener: FanoutListener): void
  has(channel: string): boolean
  channels(): string[]
  tell(channel: string, payload: string): void
  tellGap(): void
}

/** @param onFault gets what a listener throws, so that the others are told all the same */
export const createLocalListeners = (onFault: (error: unknown) => void): LocalListeners => {
  const byChannel = new Map<string, Set<FanoutListener>>()
  const safely = (work: () => void) => {
    try {
      work()
    } catch (error) {
      onFault(error)
    }
  }
  return {
    add: (channel, listener) => {
      const listeners = byChannel.get(channel) ?? new Set()
      byChannel.set(channel, listeners.add(listener))
    },
    remove: (channel, listener) => {
      const listeners = byChannel.get(channel)
      listeners?.delete(listener)
      if (listeners?.size === 0) byChannel.delete(channel)
    },
    has: (channel) => byChannel.has(channel),
    channels: () => [...byChannel.keys()],
    tell: (channel, payload) => {
      for (const listener of byChannel.get(channel) ?? []) safely(() => listener.onMessage(payload))
    },
    tellGap: () => {
      for (const listeners of byChannel.values())
        for (const listener of listeners) safely(listener.onGap)
    },
  }
}

export const createMemoryFanout = (onFault: (error: unknown) => void): Fanout => {
  const listeners = createLocalListeners(onFault)
  return {
    publish: async (channel, payload) => listeners.tell(channel, payload),
    subscribe: async (channel, listener) => {
      // A listener of its own each time, so that one may subscribe twice.
      const own = { ...listener }
      listeners.add(channel, own)
      return async () => listeners.remove(channel, own)
    },
  }
}
