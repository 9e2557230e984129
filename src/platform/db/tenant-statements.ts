import type { TenantId } from '@cadre/contract'
import pg from 'pg'
import type { SqlValue } from './db.ts'
import { preparedStatement, TENANT_PREFIX } from './pg-statements.ts'

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** What is not a UUID can be no tenant's id, and must not reach a text of SQL. */
export const validTenantId = (tenantId: TenantId): TenantId => {
  if (!UUID.test(tenantId)) throw new Error('Broken invariant: a tenant id is a UUID')
  return tenantId
}

/** Begins a transaction, of one tenant or of the platform; all of it in one round trip. */
export const beginning = (tenantId: TenantId | null): string =>
  tenantId === null
    ? 'begin'
    : `begin; set local role cadre_tenant; set local cadre.tenant_id = '${validTenantId(tenantId)}'`

/** Takes the role and the tenant until the transaction ends. Answers no row. */
const ASSUME = {
  name: 'assume_tenant',
  text: `select 1 where set_config('role', 'cadre_tenant', true) is null
    or set_config('cadre.tenant_id', $1, true) is null`,
}

/** What the driver calls on a query that is under way; its types tell only a part. */
interface DriverQuery {
  submit: (connection: pg.Connection) => void
  handleCommandComplete: (message: unknown, connection: pg.Connection) => void
}

const readyClients = new WeakSet<pg.ClientBase>()

/**
 * Runs one statement as the tenant. {@link ASSUME} goes before it in the same message: up to the
 * `Sync` at the end, messages of the extended protocol are one transaction (PostgreSQL manual,
 * section "Pipelining"), so that the role and the tenant are gone when the statement has ended, and
 * it takes no more round trips than any other.
 */
export const runAsTenant = async <Row extends object>(
  client: pg.ClientBase,
  tenantId: TenantId,
  sql: string,
  parameters: readonly SqlValue[],
): Promise<Row[]> => {
  if (!readyClients.has(client)) {
    // By itself it assumes nothing: its transaction ends with it.
    await client.query({ ...ASSUME, values: [tenantId] })
    readyClients.add(client)
  }
  return new Promise((resolve, reject) => {
    const query = new pg.Query<Row>(
      preparedStatement(sql, parameters, TENANT_PREFIX),
      (error, result) => (error ? reject(error) : resolve(result.rows)),
    )
    assumeFirst(query as unknown as DriverQuery, tenantId)
    client.query(query)
  })
}

const assumeFirst = (query: DriverQuery, tenantId: TenantId): void => {
  const submit = query.submit.bind(query)
  const handleCommandComplete = query.handleCommandComplete.bind(query)
  let isAssumed = false
  query.submit = (connection) => {
    connection.stream.cork()
    try {
      connection.bind({ statement: ASSUME.name, values: [tenantId] }, true)
      connection.execute({}, true)
      return submit(connection)
    } finally {
      connection.stream.uncork()
    }
  }
  query.handleCommandComplete = (message, connection) => {
    if (isAssumed) return handleCommandComplete(message, connection)
    isAssumed = true
  }
}
