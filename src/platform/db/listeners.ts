import { AsyncLocalStorage } from 'node:async_hooks'
import { createNotices, type Notice } from './notices.ts'

export type OnNotify = (payload: string) => void

/**
 * Who listens on which channel in this process. They act on their own behalf, not on that of the
 * request that woke them.
 */
export const createListeners = () => {
  const onOwnBehalf = AsyncLocalStorage.snapshot()
  const groups = new Map<string, Set<OnNotify>>()
  const notices = createNotices()

  const tell = ({ channel, payload }: Notice) => {
    for (const handler of groups.get(channel) ?? []) onOwnBehalf(handler, payload)
  }
  return {
    channels: (): string[] => [...groups.keys()],
    add: (channel: string, handler: OnNotify) => {
      const group = groups.get(channel) ?? new Set()
      groups.set(channel, group.add(handler))
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
