import { randomBytes, randomUUID } from 'node:crypto'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TenantId } from '@cadre/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#platform/clock.ts'
import type { Db } from '#platform/db/db.ts'
import { migrate } from '#platform/db/migrate.ts'
import { createPostgresDb } from '#platform/db/postgres-db.ts'
import { MIGRATIONS } from '../support/databases.ts'
import { startPostgres, type PostgresNode } from '../support/services/postgres-by-packages.ts'
import { databaseUrl, withServer } from '../support/services/postgres-template.ts'

// A server of its own: roles belong to all databases of a server at once.

let server: PostgresNode
const opened: Db[] = []
beforeAll(async () => {
  server = await startPostgres({})
})
afterAll(async () => {
  await Promise.all(opened.map((db) => db.close()))
  await server.close()
})

const admin = (sql: string) => withServer(server.url, (client) => client.query(sql))
const open = (url: string): Db => {
  const db = createPostgresDb({
    url,
    connectionsMax: 4,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 30_000,
    clock: systemClock,
    onFault: () => {},
  })
  opened.push(db)
  return db
}
/** An empty database that belongs to a login which may do nothing else. */
const asPlainLogin = async () => {
  const name = `plain_${randomBytes(4).toString('hex')}`
  await admin(`create role ${name} login password 'secret'`)
  await admin(`create database ${name} owner ${name}`)
  const url = new URL(databaseUrl(server.url, name))
  url.username = name
  url.password = 'secret'
  return { name, db: open(url.href) }
}

test('a login that may make no roles → refused, nothing is left behind', async () => {
  const { name, db } = await asPlainLogin()
  const refused = new RegExp(`login ${name} may not make the role cadre_tenant`)
  await expect(migrate(db, MIGRATIONS)).rejects.toThrow(refused)
  expect((await admin(`select 1 from pg_roles where rolname = 'cadre_tenant'`)).rows).toEqual([])
})

test('many databases of one server at once → the role is made once, all are ready', async () => {
  const names = Array.from({ length: 4 }, (_, n) => `together_${n}`)
  for (const name of names) await admin(`create database ${name}`)
  const databases = names.map((name) => open(databaseUrl(server.url, name)))
  await Promise.all(databases.map((db) => migrate(db, MIGRATIONS)))
  for (const db of databases)
    expect(await db.ofTenant(randomUUID() as TenantId).query('select id from tasks')).toEqual([])
})

test('a login that may not act for tenants → told what an administrator must run, then works', async () => {
  const { name, db } = await asPlainLogin()
  const refusal = await migrate(db, MIGRATIONS).catch((error: unknown) => error as Error)
  const { message } = refusal as Error
  expect(message).toContain(`The database login ${name} may not make the role cadre_tenant`)
  const script = /run: (.*;) Then start/.exec(message)?.[1]
  expect(script).toContain(`grant cadre_tenant to ${name}`)
  await admin(script ?? '')
  expect((await migrate(db, MIGRATIONS)).at(-1)).toBeDefined()
  const tenant = randomUUID() as TenantId
  await db.query(`insert into tenants (id, name, created_at) values ($1, 'one', now())`, [tenant])
  await db.query(`insert into tenants (id, name, created_at) values ($1, 'two', now())`, [
    randomUUID(),
  ])
  const names = 'select name from tenants order by name'
  expect(await db.query(names)).toEqual([{ name: 'one' }, { name: 'two' }])
  expect(await db.ofTenant(tenant).query(names)).toEqual([{ name: 'one' }])
  // Another login on the same server: the role is there, the right to act as it is not.
  const second = await asPlainLogin()
  await expect(migrate(second.db, MIGRATIONS)).rejects.toThrow(/grant cadre_tenant to plain_/)
  await admin(`grant cadre_tenant to ${second.name}`)
  await migrate(second.db, MIGRATIONS)
})

test('a table of a later migration → behind the wall without being told so', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cadre-migrations-'))
  await cp(MIGRATIONS, directory, { recursive: true })
  await admin('create database later')
  const db = open(databaseUrl(server.url, 'later'))
  await migrate(db, directory)
  await writeFile(
    join(directory, '9999_later.sql'),
    'create table later (id uuid, tenant_id uuid not null); create table of_nobody (id uuid)',
  )
  await migrate(db, directory)
  const [one, other] = [randomUUID() as TenantId, randomUUID() as TenantId]
  await db.query('insert into later (tenant_id) values ($1), ($2)', [one, other])
  const found = await db.ofTenant(one).query('select tenant_id from later')
  expect(found).toEqual([{ tenant_id: one }])
  await expect(db.ofTenant(one).query('select id from of_nobody')).rejects.toThrow(/permission/)
  await rm(directory, { recursive: true, force: true })
})
