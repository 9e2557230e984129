import pg from 'pg'
import type { Clock } from '../clock.ts'
import type { Db } from './db.ts'

export interface ListenerOptions {
  url: string
  clock: Clock
  /** A lost connection, reported once per loss. */
  onFault: (error: unknown) => void
}

const RETRY_MS = 500

/** One connection of its own for every channel, opened at the first use and again after a loss. */
export const createPostgresListeners = (options: ListenerOptions): Pick<Db, 'listen' | 'close'> => {
  const handlers = new Map<string, Set<(payload: string) => void>>()
  let connection: Promise<pg.Client> | null = null
  /** One client runs one statement at a time. */
  let turn: Promise<unknown> = Promise.resolve()
  let isClosed = false

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: options.url, keepAlive: true })
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    client.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '')
    })
    client.on('error', options.onFault)
    try {
      await client.connect()
      for (const channel of handlers.keys()) await listenOn(client, channel)
    } catch (error) {
      client.end().catch(() => {})
      throw error
    }
    // A connection that never came about ends too; only the end of this one is a loss.
    void ended.then(reconnect)
    return client
  }
  /** The connection there is, or a new one; one that cannot be had is tried anew by the next. */
  const connected = (): Promise<pg.Client> => {
    if (connection === null) {
      const attempt = connect()
      connection = attempt
      attempt.catch(() => {
        if (connection === attempt) connection = null
      })
    }
    return connection
  }
  const reconnect = async (): Promise<void> => {
    connection = null
    if (isClosed) return
    try {
      await connected()
      for (const group of handlers.values()) for (const handler of group) handler('')
    } catch {
      options.clock.after(RETRY_MS, () => {
        if (connection === null) void reconnect()
      })
    }
  }

  return {
    listen: async (channel, onNotify) => {
      const group = handlers.get(channel) ?? new Set()
      handlers.set(channel, group.add(onNotify))
      try {
        const client = await connected()
        await (turn = turn.catch(() => {}).then(() => listenOn(client, channel)))
      } catch (error) {
        group.delete(onNotify)
        throw error
      }
      return async () => void group.delete(onNotify)
    },
    close: async () => {
      isClosed = true
      const client = await connection?.catch(() => null)
      await client?.end()
    },
  }
}

const listenOn = (client: pg.Client, channel: string) =>
  client.query(`listen ${pg.escapeIdentifier(channel)}`)
