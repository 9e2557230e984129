import { AsyncLocalStorage } from 'node:async_hooks'
import { createNotices, type Notice } from './notices.ts'

export type OnNotify = (payload: string) => void

/**
 * Who listens on which channel in this process. Listeners run as what they were when they began to
 * listen, not as part of the request that woke them.
 */
export const createListeners = () => {
  const groups = new Map<string, Map<OnNotify, OnNotify>>()
  const notices = createNotices()

  const tell = ({ channel, payload }: Notice) => {
    for (const run of groups.get(channel)?.values() ?? []) run(payload)
  }
  return {
    channels: (): string[] => [...groups.keys()],
    add: (channel: string, handler: OnNotify) => {
      const inOwnContext = AsyncLocalStorage.snapshot()
      const run: OnNotify = (payload) => inOwnContext(handler, payload)
      groups.set(channel, (groups.get(channel) ?? new Map()).set(handler, run))
    },
    remove: (channel: string, handler: OnNotify): void => {
      groups.get(channel)?.delete(handler)
    },
    tell,
    /** There may be anything new on every channel. */
    tellAll: (): void => {
      for (const channel of groups.keys()) tell({ channel, payload: '' })
    },
    /** At the end of the present turn, so that those alike come as one. */
    tellSoon: (channel: string, payload?: string): void => {
      const isFirst = notices.isEmpty
      notices.add(channel, payload)
      if (isFirst) queueMicrotask(() => notices.take().forEach(tell))
    },
  }
}
