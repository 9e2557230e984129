import { randomUUID } from 'node:crypto'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../support/databases.ts'
import { insertRowOfEachTable, releaseSchema, type TenantTable } from '../support/any-row.ts'
import { terminateSessions } from '../support/postgres-faults.ts'
import { signal } from '../support/signals.ts'

const ONE = randomUUID() as TenantId
const OTHER = randomUUID() as TenantId
const ROLE = `select current_user::text as role,
  nullif(current_setting('cadre.tenant_id', true), '') as tenant`

/** Tables that belong to no tenant, with the reason. */
const OF_NOBODY: Readonly<Record<string, string>> = {
  schema_migrations: 'what was applied to this database',
  marketplace_words: 'words of all listings, to put spelling right',
  marketplace_retired_names: 'names whose publishers are gone, kept from everybody',
  leaders: 'which process leads',
  users: 'people, who may be members of several tenants',
  user_identities: 'by what issuers know them',
  oidc_sign_ins: 'who is at the issuer now, and known afterwards',
  registry_keys: 'by which what is published is signed',
  signing_keys: 'by which tokens of all tenants are signed',
  projections: 'how far the tables kept from the event log are',
}
/** What a tenant may not do to its own rows. */
const DENIED: Readonly<Record<string, readonly string[]>> = {
  tenants: ['insert', 'update', 'delete'],
  audit_records: ['update', 'delete'],
  audit_heads: ['delete'],
  events: ['update', 'delete'],
  agent_hours: ['insert', 'update', 'delete'],
  workflow_performance: ['insert', 'update', 'delete'],
  queue_starts: ['insert', 'update', 'delete'],
  marketplace_days: ['insert', 'update', 'delete'],
  marketplace_listings: ['insert', 'update', 'delete'],
  queues: ['insert', 'update', 'delete'],
  broker_messages: ['select', 'insert', 'update', 'delete'],
}
const isDenied = (table: string, act: string) => DENIED[table]?.includes(act) === true

describe.each(DIALECTS)('row-level security on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let tables: TenantTable[]
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    await releaseSchema(db)
    tables = await insertRowOfEachTable(db, [ONE, OTHER])
  })
  afterAll(() => database.drop())

  const fresh = async () => {
    await expect(db.query(ROLE)).resolves.toEqual([{ role: expect.any(String), tenant: null }])
    const [row] = await db.query<{ role: string }>(ROLE)
    expect(row?.role).not.toBe('cadre_tenant')
  }
  const owners = async (table: TenantTable) =>
    (
      await db.query<{ tenant: string }>(
        `select ${table.column} as tenant from ${table.name} where ${table.column} is not null`,
      )
    ).map(({ tenant }) => tenant)

  test('every table: names its tenant and is behind the wall, or tells why not', async () => {
    const found = await db.query<{ name: string; is_isolated: boolean }>(
      `select c.relname as name, c.relrowsecurity and exists (
         select 1 from pg_policy as p where p.polrelid = c.oid and p.polname = 'of_tenant'
           and p.polroles = array['cadre_tenant'::regrole::oid]) as is_isolated
       from pg_class as c
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')`,
    )
    const open = found.filter((table) => !table.is_isolated).map(({ name }) => name)
    expect(open.toSorted()).toEqual(Object.keys(OF_NOBODY).toSorted())
    expect(tables.length + open.length).toBe(found.length)
    expect(tables.length).toBeGreaterThan(25)
  })

  test('every table of nobody: nothing for a tenant', async () => {
    for (const table of Object.keys(OF_NOBODY)) {
      const [row] = await db.query<{ rights: string[] }>(
        `select array(select r from unnest(array['select', 'insert', 'update', 'delete']) as r
           where has_table_privilege('cadre_tenant', $1, r)) as rights`,
        [table],
      )
      expect(row?.rights, table).toEqual([])
    }
  })

  test('every table: unfiltered statements of a tenant touch its own rows only', async () => {
    const mine = db.ofTenant(ONE)
    for (const table of tables) {
      const { name, column } = table
      expect((await owners(table)).toSorted(), name).toEqual([ONE, OTHER].toSorted())
      const act = (kind: string, sql: string) =>
        mine.query<{ tenant: string }>(sql).then(
          (rows) => rows.map(({ tenant }) => tenant),
          (error: Error) => (/permission denied/.test(error.message) ? `${kind} denied` : error),
        )
      const expected = (kind: string, rows: string[]) =>
        isDenied(name, kind) ? `${kind} denied` : rows
      const of = `${column} as tenant`
      expect(await act('select', `select ${of} from ${name}`), name).toEqual(
        expected('select', [ONE]),
      )
      expect(
        await act('select', `select ${of} from ${name} where ${column} = '${OTHER}'`),
        name,
      ).toEqual(expected('select', []))
      expect(
        await act('update', `update ${name} set ${column} = ${column} returning ${of}`),
        name,
      ).toEqual(expected('update', [ONE]))
      expect(
        await act(
          'update',
          `update ${name} set ${column} = ${column}
          where ${column} = '${OTHER}' returning ${of}`,
        ),
        name,
      ).toEqual(expected('update', []))
      const undone = mine.transaction(async (tx) => {
        const rows = await tx.query<{ tenant: string }>(`delete from ${name} returning ${of}`)
        throw Object.assign(new Error('undone'), { rows })
      })
      const deletion = await undone.catch((error: Error & { rows?: { tenant: string }[] }) => error)
      if (isDenied(name, 'delete')) expect((deletion as Error).message).toMatch(/permission denied/)
      else expect(deletion, name).toMatchObject({ rows: [{ tenant: ONE }] })
      expect((await owners(table)).toSorted(), name).toEqual([ONE, OTHER].toSorted())
    }
  })

  test('every table: a row for another tenant, or moved to it → refused', async () => {
    const mine = db.ofTenant(ONE)
    for (const { name, column, insert } of tables) {
      await expect(mine.query(insert(OTHER)), name).rejects.toThrow(
        isDenied(name, 'insert') ? /permission denied/ : /row-level security/,
      )
      await expect(mine.query(`update ${name} set ${column} = '${OTHER}'`), name).rejects.toThrow(
        isDenied(name, 'update') ? /permission denied/ : /row-level security/,
      )
    }
    await fresh()
  })

  test('ofTenant: without a tenant in the setting, the role sees nothing', async () => {
    const rows = await db.transaction(async (tx) => {
      await tx.script('set local role cadre_tenant')
      return tx.query('select tenant_id from tasks')
    })
    expect(rows).toEqual([])
    await fresh()
  })

  test('ofTenant: statements, transactions and faults in any order → nobody keeps a tenant', async () => {
    const [a, b] = [db.ofTenant(ONE), db.ofTenant(OTHER)]
    const asA = { role: 'cadre_tenant', tenant: ONE }
    const asB = { role: 'cadre_tenant', tenant: OTHER }
    const work = Array.from({ length: 120 }, async (_, n) => {
      if (n % 6 === 0) expect(await a.query(ROLE)).toEqual([asA])
      if (n % 6 === 1) await fresh()
      if (n % 6 === 2) expect(await b.transaction((tx) => tx.query(ROLE))).toEqual([asB])
      if (n % 6 === 3) await expect(a.query('select 1 / 0')).rejects.toThrow(/zero/)
      if (n % 6 === 4)
        await expect(
          b.transaction(async (tx) => {
            expect(await tx.query(ROLE)).toEqual([asB])
            throw new Error('changed my mind')
          }),
        ).rejects.toThrow('changed my mind')
      if (n % 6 === 5) expect(await b.query(`${ROLE} where $1::int = 5`, [5])).toEqual([asB])
    })
    await Promise.all(work)
    await fresh()
  })

  test('ofTenant: the same statement for tenants and platform → each sees its rows', async () => {
    const count = 'select count(*) as n from tasks'
    const counts = await Promise.all(
      [db.ofTenant(ONE), db, db.ofTenant(OTHER), db, db.ofTenant(ONE)].map((on) => on.query(count)),
    )
    expect(counts.flat()).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }, { n: 2 }, { n: 1 }])
    const within = await db.ofTenant(OTHER).transaction((tx) => tx.query(count))
    expect(within).toEqual([{ n: 1 }])
  })

  test('ofTenant: a statement that cannot be parsed → refused alike the second time', async () => {
    const mine = db.ofTenant(ONE)
    for (let time = 0; time < 2; time++) {
      await expect(mine.query('select wrong from nowhere')).rejects.toThrow(/nowhere/)
      await expect(mine.query('select $1::integer', ['no number'])).rejects.toThrow(/integer/)
      expect(await mine.query('select 1 as one')).toEqual([{ one: 1 }])
    }
    await fresh()
  })

  test('ofTenant: a statement is cancelled → nobody keeps the tenant', async () => {
    const slow = `select set_config('statement_timeout', '20ms', true), pg_sleep(0)`
    if (dialect === 'postgres')
      await expect(
        db.ofTenant(ONE).transaction(async (tx) => {
          await tx.query(slow)
          await tx.query('select pg_sleep(5)')
        }),
      ).rejects.toThrow(/statement timeout/)
    await fresh()
  })

  test('ofTenant: used inside a transaction → refused instead of waited for', async () => {
    const refused = /only its own tx/
    const mine = db.ofTenant(ONE)
    await expect(db.transaction(() => mine.query('select 1'))).rejects.toThrow(refused)
    await expect(mine.transaction(() => db.query('select 1'))).rejects.toThrow(refused)
    await expect(mine.transaction(() => mine.transaction(async () => 1))).rejects.toThrow(refused)
    await fresh()
  })

  test('ofTenant: what is no UUID → a broken invariant, whatever it says', () => {
    for (const id of ['', `${ONE}'`, `${ONE}'; drop table tasks --`, 'x', `${ONE}\n`])
      expect(() => db.ofTenant(id as TenantId)).toThrow(/UUID/)
  })
})

describe('row-level security on postgres, with faults', () => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase('postgres')
    db = await database.open()
  })
  afterAll(() => database.drop())

  test('ofTenant: its session is ended → unavailable, and others go on as themselves', async () => {
    const begun = signal<number>()
    const ended = signal()
    const work = db.ofTenant(ONE).transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
      begun.fire(row?.pid ?? 0)
      await ended.promise
      await tx.query('select 1')
    })
    const pid = await begun.promise
    await db.query('select pg_terminate_backend($1)', [pid])
    const sessions = 'select 1 from pg_stat_activity where pid = $1'
    await expect.poll(() => db.query(sessions, [pid])).toEqual([])
    ended.fire()
    await expect(work).rejects.toMatchObject({ code: 'db.unavailable' })
    const single = db
      .ofTenant(ONE)
      .query('select pg_sleep(5)')
      .catch((error: unknown) => error)
    await expect.poll(() => terminateSessions(db, 'select pg_sleep(5)')).toBe(1)
    expect(await single).toMatchObject({ code: 'db.unavailable' })
    const roles = await Promise.all(
      Array.from({ length: 30 }, (_, n) => (n % 2 ? db : db.ofTenant(OTHER)).query(ROLE)),
    )
    for (const [n, [row]] of roles.entries())
      expect(row).toMatchObject(n % 2 ? { tenant: null } : { role: 'cadre_tenant', tenant: OTHER })
  })
})
