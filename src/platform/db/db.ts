import type { TenantId } from '@cadre/contract'

/** A value that a statement takes: scalars, and arrays of them for `unnest`. */
export type SqlValue =
  | null
  | boolean
  | number
  | string
  | Date
  | Uint8Array
  | readonly (null | boolean | number | string | Date)[]

export interface Queryable {
  /**
   * Runs one statement with `$1`-style parameters and resolves its rows.
   * Both adapters give the same JavaScript values: int8 → number, numeric → string,
   * timestamptz → Date, json/jsonb → parsed, bytea → Uint8Array. JSON goes in as text.
   */
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly SqlValue[],
  ): Promise<Row[]>
  /**
   * Wakes whoever listens on `channel`: in this process at once, in others within milliseconds. Of
   * a transaction it wakes them once that has committed, and nobody when it rolls back. Several
   * alike may come as one, and one may be lost with the process: who listens also looks by itself
   * now and then. Costs the statement nothing, where `pg_notify` within it would make all commits
   * of the server take turns (decision 23).
   */
  notify(channel: string, payload?: string): void
}

/**
 * An open transaction. Only the callback that got it may use it, and only until it returns. Its
 * statements run in the order in which they are issued, one after the other; those that are issued
 * without waiting for the answers before them go to a server together.
 */
export interface Tx extends Queryable {
  readonly isTransaction: true
  /** Runs several statements without parameters, such as a migration file. */
  script(sql: string): Promise<void>
  /**
   * Runs `act` once the transaction has committed, and never when it rolls back. It is lost with
   * the process: like a wake-up, it only brings forward what somebody else would find.
   */
  afterCommit(act: () => void): void
}

/** What runs single statements and transactions. */
export interface Transactions extends Queryable {
  /**
   * Commits when `work` resolves, rolls back when it rejects. `work` may run again after a
   * serialisation failure or deadlock (up to {@link TRANSACTION_TRIES_MAX} times in all), so
   * it must have no effect outside the transaction.
   */
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>
}

/**
 * The database as one tenant may use it: row-level security shows its statements no other tenant's
 * rows, and refuses to write any (decision 21).
 */
export interface TenantDb extends Transactions {
  readonly tenantId: TenantId
}

/**
 * The database port. One SQL for both adapters (PostgreSQL 15 and later, PGlite).
 * Faults arrive as `AppError` (`db.unavailable`) or {@link ConstraintError}.
 *
 * Used directly, it acts for the platform and sees all tenants: for background work, and for
 * statements that several tenants share. What a request does for its own goes through `ofTenant`.
 */
export interface Db extends Transactions {
  readonly dialect: 'postgres' | 'pglite'
  /** Group commits of one kind that pay off at the same time: one where statements take turns. */
  readonly writersMax: number
  /**
   * The same database for one tenant only. Costs nothing until it is used; a single statement
   * takes one round trip as ever, and no session keeps anything of the tenant.
   */
  ofTenant(tenantId: TenantId): TenantDb
  /** Calls `onNotify` for every `notify channel`, from any process. Survives reconnects, upon which it calls once with ''. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

export const TRANSACTION_TRIES_MAX = 5

/** A unique, foreign-key or check rule of the schema refused the statement. */
export class ConstraintError extends Error {
  override readonly name = 'ConstraintError'
  readonly kind: 'unique' | 'foreign_key' | 'check' | 'not_null'
  readonly constraint: string

  constructor(kind: ConstraintError['kind'], constraint: string, cause: unknown) {
    super(`The schema refused a row: ${kind} ${constraint}`, { cause })
    this.kind = kind
    this.constraint = constraint
  }
}
