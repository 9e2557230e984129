import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { TenantId } from '@cadre/contract'
import pg from 'pg'
import type { Db, Tx } from './db.ts'
import { translated } from './db-errors.ts'
import { createListeners, type OnNotify } from './listeners.ts'
import { createCommitWork } from './commit-work.ts'
import {
  pgTypes,
  runStatement,
  SESSION_SETTINGS,
  transactionOn,
  withTransactionRetries,
} from './pg-statements.ts'
import { PgliteStream } from './pglite-stream.ts'
import { createTurns, type InTurn } from './turns.ts'
import { tellStatement } from './statement-channel.ts'
import { beginning, runAsTenant, validTenantId } from './tenant-statements.ts'
import { assertOutsideTransaction, inTransactionScope } from './transaction-scope.ts'

export interface PgliteOptions {
  /** An initialised data directory, see `prepareDataDirectory`. */
  directory: string
  /** The database thread died or refused; the process cannot go on without it. */
  onFault: (error: unknown) => void
}

/**
 * PostgreSQL in this process: PGlite in a thread of its own, spoken to by the same driver as a
 * server. One session only, so transactions and single statements take turns, in order.
 *
 * Durability: what is committed survives the end of the process, SIGKILL included. PGlite does
 * not flush to the disk itself, so a power cut can cost the operating system's unwritten pages.
 */
export const createPgliteDb = async (options: PgliteOptions): Promise<Db> => {
  const thread = new Worker(new URL('./pglite-thread.ts', import.meta.url), {
    workerData: { directory: options.directory },
  })
  await ready(thread)
  const client = new pg.Client({
    stream: () => new PgliteStream(thread),
    user: 'postgres',
    database: 'postgres',
    types: pgTypes,
  } as pg.ClientConfig)
  client.on('error', options.onFault)
  await client.connect()
  for (const [name, value] of Object.entries(SESSION_SETTINGS))
    await client.query(`set ${name} = ${value}`)

  const inTurn = createTurns()
  const channels = createChannels(client, inTurn)
  let isClosed = false

  return {
    dialect: 'pglite',
    writersMax: 1,
    query: async (sql, parameters = []) => {
      assertOutsideTransaction()
      tellStatement(sql, null)
      try {
        return await inTurn(() => runStatement(client, sql, parameters))
      } catch (error) {
        throw translated(error)
      }
    },
    transaction: async (work) => {
      assertOutsideTransaction()
      const transact = () => inTurn(() => transaction(client, work, channels.notify))
      return withTransactionRetries(transact)
    },
    notify: channels.notify,
    ofTenant: (tenantId) => ({
      tenantId: validTenantId(tenantId),
      notify: channels.notify,
      query: async (sql, parameters = []) => {
        assertOutsideTransaction()
        tellStatement(sql, tenantId)
        return withTransactionRetries(() =>
          inTurn(() => runAsTenant(client, tenantId, sql, parameters)),
        )
      },
      transaction: async (work) => {
        assertOutsideTransaction()
        return withTransactionRetries(() =>
          inTurn(() => transaction(client, work, channels.notify, tenantId)),
        )
      },
    }),
    listen: channels.listen,
    close: async () => {
      if (isClosed) return
      isClosed = true
      await inTurn(() => client.end())
      const exited = once(thread, 'exit')
      thread.postMessage('close')
      await exited
    },
  }
}

const ready = async (thread: Worker): Promise<void> => {
  const failed = new AbortController()
  thread.once('error', (error) => failed.abort(error))
  try {
    await once(thread, 'message', { signal: failed.signal })
  } catch (error) {
    throw failed.signal.aborted ? failed.signal.reason : error
  }
}

const transaction = async <Result>(
  client: pg.Client,
  work: (tx: Tx) => Promise<Result>,
  notify: Tx['notify'],
  tenantId: TenantId | null = null,
): Promise<Result> => {
  const afterwards = createCommitWork()
  // The driver takes one statement at a time, and the last word comes behind all that was issued.
  const inTurn = createTurns()
  try {
    await client.query(beginning(tenantId))
    const result = await inTransactionScope(() =>
      work(transactionOn({ client, afterwards, tenantId, inTurn })),
    )
    await inTurn(() => client.query('commit'))
    afterwards.run(notify)
    return result
  } catch (error) {
    await inTurn(() => client.query('rollback'))
    throw error
  }
}

const createChannels = (client: pg.Client, inTurn: InTurn) => {
  const listeners = createListeners()
  client.on('notification', ({ channel, payload }) =>
    listeners.tell({ channel, payload: payload ?? '' }),
  )
  return {
    notify: listeners.tellSoon,
    listen: async (channel: string, onNotify: OnNotify) => {
      const isFirst = !listeners.channels().includes(channel)
      listeners.add(channel, onNotify)
      if (isFirst) await inTurn(() => client.query(`listen ${pg.escapeIdentifier(channel)}`))
      return async () => listeners.remove(channel, onNotify)
    },
  }
}
