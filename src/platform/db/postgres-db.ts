import pg from 'pg'
import type { Clock } from '../clock.ts'
import type { Db, Tx } from './db.ts'
import { translated } from './db-errors.ts'
import { pgTypes, runStatement, transactionOn, withTransactionRetries } from './pg-statements.ts'

export interface PostgresOptions {
  url: string
  /** Connections of this process at the most. */
  connectionsMax: number
  connectTimeoutMs: number
  statementTimeoutMs: number
  clock: Clock
  /** A lost listening connection, reported once per loss. */
  onFault: (error: unknown) => void
}

const LISTEN_RETRY_MS = 500

/** PostgreSQL through a bounded pool; hot statements are prepared once per connection. */
export const createPostgresDb = (options: PostgresOptions): Db => {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    keepAlive: true,
    types: pgTypes,
  })
  pool.on('error', options.onFault)
  const listeners = createListeners(options)

  const once = async <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => {
    const client = await pool.connect()
    let isBroken = false
    try {
      await client.query('begin')
      const result = await work(transactionOn(client))
      await client.query('commit')
      return result
    } catch (error) {
      await client.query('rollback').catch(() => (isBroken = true))
      throw error
    } finally {
      client.release(isBroken)
    }
  }

  return {
    dialect: 'postgres',
    query: async (sql, parameters = []) => {
      try {
        return await runStatement(pool, sql, parameters)
      } catch (error) {
        throw translated(error)
      }
    },
    transaction: (work) => withTransactionRetries(() => once(work)),
    listen: listeners.listen,
    close: async () => {
      await listeners.close()
      await pool.end()
    },
  }
}

type Listeners = Pick<Db, 'listen' | 'close'>

/** One connection of its own for every channel, opened at the first use and again after a loss. */
const createListeners = (options: PostgresOptions): Listeners => {
  const handlers = new Map<string, Set<(payload: string) => void>>()
  let connection: Promise<pg.Client> | null = null
  let isClosed = false

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: options.url, keepAlive: true })
    client.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '')
    })
    client.on('error', options.onFault)
    client.on('end', () => void reconnect())
    await client.connect()
    for (const channel of handlers.keys())
      await client.query(`listen ${pg.escapeIdentifier(channel)}`)
    return client
  }
  const reconnect = async (): Promise<void> => {
    connection = null
    if (isClosed) return
    try {
      connection = connect()
      await connection
      for (const group of handlers.values()) for (const handler of group) handler('')
    } catch {
      connection = null
      options.clock.after(LISTEN_RETRY_MS, () => void reconnect())
    }
  }

  return {
    listen: async (channel, onNotify) => {
      const group = handlers.get(channel) ?? new Set()
      const isFirst = !handlers.has(channel)
      handlers.set(channel, group.add(onNotify))
      if (connection === null) connection = connect()
      const client = await connection
      if (isFirst) await client.query(`listen ${pg.escapeIdentifier(channel)}`)
      return async () => void group.delete(onNotify)
    },
    close: async () => {
      isClosed = true
      const client = await connection?.catch(() => null)
      await client?.end()
    },
  }
}
