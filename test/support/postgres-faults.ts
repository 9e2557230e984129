import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Db } from '#platform/db/db.ts'

/** Resolves when another session waits for a lock: then a race stands as the test wants it. */
export const someoneWaitsForLock = async (db: Db): Promise<void> => {
  for (;;) {
    const [row] = await db.query<{ waiting: number }>(
      `select count(*) as waiting from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (row !== undefined && row.waiting > 0) return
  }
}

/** Ends the sessions of this database whose last statement matches; answers how many. */
export const terminateSessions = async (db: Db, lastStatement: string): Promise<number> => {
  const rows = await db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and query like $1`,
    [lastStatement],
  )
  return rows.length
}

/** A door in front of a server, which a test can shut and open. */
export interface Door {
  url: string
  /** Connections that came so far, let in or not. */
  readonly knocks: number
  /** Drops every connection, and every new one. */
  shut(): void
  open(): void
  close(): Promise<void>
}

export const doorTo = async (serverUrl: string): Promise<Door> => {
  const target = new URL(serverUrl)
  const sockets = new Set<Socket>()
  let isOpen = true
  let knocks = 0
  const server = createServer((outer) => {
    knocks++
    if (!isOpen) return void outer.destroy()
    const inner = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(serverUrl)
  url.port = String((server.address() as AddressInfo).port)
  const dropAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    get knocks() {
      return knocks
    },
    shut: () => {
      isOpen = false
      dropAll()
    },
    open: () => void (isOpen = true),
    close: async () => {
      dropAll()
      server.close()
      await once(server, 'close')
    },
  }
}
