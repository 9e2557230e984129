import type { TenantId } from '@cadre/contract'
import pg from 'pg'
import type { Clock } from '../clock.ts'
import type { Db, SqlValue, TenantDb, Tx } from './db.ts'
import {
  pgTypes,
  runStatement,
  SESSION_SETTINGS,
  transactionOn,
  withTransactionRetries,
} from './pg-statements.ts'
import { createCommitWork } from './commit-work.ts'
import { createPostgresListeners } from './postgres-listeners.ts'
import { tellStatement } from './statement-channel.ts'
import { beginning, runAsTenant, validTenantId } from './tenant-statements.ts'
import { assertOutsideTransaction, inTransactionScope } from './transaction-scope.ts'
import type { InTurn } from './turns.ts'

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

/** More would make smaller groups without keeping the server busier. */
const WRITERS_MAX = 3

/** The driver keeps the order of what it was given. */
const atOnce: InTurn = (statement) => statement()

/** PostgreSQL through a bounded pool; hot statements are prepared once per connection. */
export const createPostgresDb = (options: PostgresOptions): Db => {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    keepAlive: true,
    types: pgTypes,
    // Statements of a transaction that nobody waits for between them go out together.
    pipeline: true,
    options: Object.entries(SESSION_SETTINGS)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  })
  pool.on('error', options.onFault)
  const listeners = createPostgresListeners(options)

  const once = async <Result>(
    work: (tx: Tx) => Promise<Result>,
    tenantId: TenantId | null = null,
  ): Promise<Result> => {
    const client = await pool.connect()
    let isBroken = false
    // Between two statements nobody else hears that the session ended, and an error event that
    // nobody hears ends the process.
    const onError = () => void (isBroken = true)
    client.on('error', onError)
    try {
      const afterwards = createCommitWork()
      const begun = client.query(beginning(tenantId))
      // What the platform does is sent right behind; a tenant's statements wait for their role.
      if (tenantId === null) begun.catch(() => {})
      else await begun
      const result = await inTransactionScope(() =>
        work(transactionOn({ client, afterwards, tenantId, inTurn: atOnce })),
      )
      await client.query('commit')
      afterwards.run(listeners.notify)
      return result
    } catch (error) {
      await client.query('rollback').catch(() => (isBroken = true))
      throw error
    } finally {
      client.off('error', onError)
      client.release(isBroken)
    }
  }

  const ofTenant = (tenantId: TenantId): TenantDb => ({
    tenantId: validTenantId(tenantId),
    notify: listeners.notify,
    query: async (sql, parameters = []) => {
      assertOutsideTransaction()
      tellStatement(sql, tenantId)
      return withTransactionRetries(() => runOnceAsTenant(pool, tenantId, sql, parameters))
    },
    transaction: async (work) => {
      assertOutsideTransaction()
      return withTransactionRetries(() => once(work, tenantId))
    },
  })

  const close = async () => {
    await listeners.close()
    await pool.end()
  }
  let closing: Promise<void> | null = null

  return {
    dialect: 'postgres',
    writersMax: WRITERS_MAX,
    query: async (sql, parameters = []) => {
      assertOutsideTransaction()
      tellStatement(sql, null)
      return withTransactionRetries(() => runStatement(pool, sql, parameters))
    },
    transaction: async (work) => {
      assertOutsideTransaction()
      return withTransactionRetries(() => once(work))
    },
    notify: listeners.notify,
    ofTenant,
    listen: listeners.listen,
    close: () => (closing ??= close()),
  }
}

/** A connection that anything went wrong on is not used again. */
const runOnceAsTenant = async <Row extends object>(
  pool: pg.Pool,
  tenantId: TenantId,
  sql: string,
  parameters: readonly SqlValue[],
): Promise<Row[]> => {
  const client = await pool.connect()
  let isBroken = true
  const onError = () => {}
  client.on('error', onError)
  try {
    const rows = await runAsTenant<Row>(client, tenantId, sql, parameters)
    isBroken = false
    return rows
  } finally {
    client.off('error', onError)
    client.release(isBroken)
  }
}
