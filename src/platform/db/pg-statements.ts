import { createHash } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import pg from 'pg'
import { TRANSACTION_TRIES_MAX, type SqlValue, type Tx } from './db.ts'
import { isTransient, translated } from './db-errors.ts'
import type { CommitWork } from './commit-work.ts'
import { tellStatement } from './statement-channel.ts'
import type { InTurn } from './turns.ts'

/** Runs a statement as a named prepared one, so that each connection parses it once. */
export const runStatement = async <Row extends object>(
  on: pg.Pool | pg.ClientBase,
  sql: string,
  parameters: readonly SqlValue[],
): Promise<Row[]> => {
  const result = await on.query<Row>(preparedStatement(sql, parameters))
  return result.rows
}

export interface TransactionMeans {
  client: pg.ClientBase
  afterwards: CommitWork
  /** Null: of the platform, else of the tenant for which it was begun. */
  tenantId: TenantId | null
  /** Hands statements to the driver: all at once where it takes several, else one by one. */
  inTurn: InTurn
}

export const transactionOn = (means: TransactionMeans): Tx => {
  const { client, afterwards, tenantId, inTurn } = means
  let failure: { error: unknown } | null = null
  /** All that follows a failure fails for being in its transaction: what failed first is told. */
  const orFirstFailure = async <Answer>(statement: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await inTurn(statement)
    } catch (error) {
      failure ??= { error }
      throw failure.error
    }
  }
  return {
    isTransaction: true,
    notify: afterwards.notices.add,
    afterCommit: (act) => void afterwards.acts.push(act),
    query: async <Row extends object>(sql: string, parameters: readonly SqlValue[] = []) => {
      tellStatement(sql, tenantId)
      const prefix = tenantId === null ? '' : TENANT_PREFIX
      const statement = preparedStatement(sql, parameters, prefix)
      const result = await orFirstFailure(() => client.query<Row>(statement))
      return result.rows
    },
    script: async (sql) => {
      tellStatement(sql, tenantId)
      await orFirstFailure(() => client.query(sql))
    },
  }
}

/** A session plans a statement for the role that runs it: each role has statements of its own. */
export const TENANT_PREFIX = 'tenant_'

export const preparedStatement = (
  sql: string,
  parameters: readonly SqlValue[],
  prefix = '',
): pg.QueryConfig => ({ name: prefix + statementName(sql), text: sql, values: [...parameters] })

/** Runs `attempt` again after serialisation failures and deadlocks; translates what remains. */
export const withTransactionRetries = async <Result>(
  attempt: () => Promise<Result>,
): Promise<Result> => {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries < TRANSACTION_TRIES_MAX && isTransient(error)) continue
      throw translated(error)
    }
  }
}

/**
 * How every session plans. Statements are planned once and kept, often while their tables are
 * still empty, and a plan that reads a whole small table is ruinous when the table has grown:
 * PGlite never plans anew, a server only after its next analysis. All our statements find their
 * rows by index, so they are told to; hot ones also leave the planner no order of joins that reads
 * more than the ids in question (decision 8). No plan is ever worth compiling.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  enable_seqscan: 'off',
  jit: 'off',
}

/** OIDs of `pg_type`. int8 arrives as a number, for no id or count of ours exceeds 2^53. */
const INT8_OID = 20

export const pgTypes: { getTypeParser: typeof pg.types.getTypeParser } = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === INT8_OID
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

const names = new Map<string, string>()
const statementName = (sql: string): string => {
  let name = names.get(sql)
  if (name === undefined) {
    name = createHash('sha256').update(sql).digest('hex').slice(0, 32)
    names.set(sql, name)
  }
  return name
}
