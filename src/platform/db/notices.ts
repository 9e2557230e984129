export interface Notice {
  channel: string
  payload: string
}

/** Of more that differ, those of one channel become one that says nothing in particular. */
const NOTICES_MAX = 1_000

export type Notices = ReturnType<typeof createNotices>

/** Wake-ups that wait to be told, each of them once. */
export const createNotices = () => {
  let waiting = new Map<string, Notice>()
  return {
    add: (channel: string, payload = ''): void => {
      const notice = { channel, payload: waiting.size < NOTICES_MAX ? payload : '' }
      waiting.set(`${channel}\0${notice.payload}`, notice)
    },
    /** Answers them, and forgets them. */
    take: (): Notice[] => {
      if (waiting.size === 0) return []
      const taken = [...waiting.values()]
      waiting = new Map()
      return taken
    },
    get isEmpty() {
      return waiting.size === 0
    },
  }
}
