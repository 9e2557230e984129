import type { Tx } from './db.ts'
import { createNotices } from './notices.ts'

export type CommitWork = ReturnType<typeof createCommitWork>

/** What one try of a transaction leaves to be done once it has committed. */
export const createCommitWork = () => {
  const notices = createNotices()
  const acts: (() => void)[] = []
  return {
    notices,
    acts,
    run: (notify: Tx['notify']): void => {
      for (const { channel, payload } of notices.take()) notify(channel, payload)
      for (const act of acts) act()
    },
  }
}
