import type { Db } from '../db/db.ts'
import { createGroupCommit } from '../db/group-commit.ts'
import { deleteMessages, releaseMessages, type Release } from './postgres-broker-store.ts'

const GROUP = { itemsMax: 1_000, flushesMax: 1, waitingMax: 100_000 } as const

/** Acks and releases of all consumers of this process share statements. */
export interface Acknowledger {
  ack: (seq: number) => Promise<void>
  release: (release: Release) => Promise<void>
}

export const createAcknowledger = ({ db }: { db: Db }): Acknowledger => ({
  ack: createGroupCommit<number, void>({
    ...GROUP,
    name: 'broker.ack',
    flush: async (seqs) => {
      await deleteMessages(db, seqs)
      return seqs.map(() => undefined)
    },
  }),
  release: createGroupCommit<Release, void>({
    ...GROUP,
    name: 'broker.release',
    flush: async (releases) => {
      await releaseMessages(db, releases)
      return releases.map(() => undefined)
    },
  }),
})
