import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Db } from '#platform/db/db.ts'
import { migrate } from '#platform/db/migrate.ts'
import {
  createTestDatabase,
  DIALECTS,
  MIGRATIONS,
  type TestDatabase,
} from '../support/databases.ts'

describe.each(DIALECTS)('migrations on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let directory: string
  beforeAll(async () => {
    database = await createTestDatabase(dialect, { isEmpty: true })
    db = await database.open()
  })
  afterAll(() => database.drop())
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'cadre-migrations-'))
    await db.query('drop table if exists schema_migrations, first, second')
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const file = (name: string, sql: string) => writeFile(join(directory, name), sql)
  const tables = async () => {
    const rows = await db.query<{ name: string }>(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' order by 1`,
    )
    return rows.map(({ name }) => name)
  }

  test('migrate: new files → applied in order, once', async () => {
    await file('0002_second.sql', 'create table second as select * from first')
    await file('0001_first.sql', 'create table first (id integer); insert into first values (1)')
    await file('notes.txt', 'no migration')
    expect(await migrate(db, directory)).toEqual(['0001_first.sql', '0002_second.sql'])
    expect(await migrate(db, directory)).toEqual([])
    expect(await db.query('select * from second')).toEqual([{ id: 1 }])
  })

  test('migrate: several at once → each file is applied by one of them', async () => {
    await file('0001_first.sql', 'create table first (id integer)')
    await file('0002_second.sql', 'create table second (id integer)')
    const other = dialect === 'postgres' ? await database.open() : db
    const applied = await Promise.all(
      [db, other, db, other].map((each) => migrate(each, directory)),
    )
    expect(applied.flat().sort()).toEqual(['0001_first.sql', '0002_second.sql'])
  })

  test('migrate: a file fails → nothing of it stays, those before it do', async () => {
    await file('0001_first.sql', 'create table first (id integer)')
    await file('0002_second.sql', 'create table second (id integer); select wrong from nowhere')
    await expect(migrate(db, directory)).rejects.toThrow(/nowhere/)
    expect(await tables()).toEqual(['first', 'schema_migrations'])
    await file('0002_second.sql', 'create table second (id integer)')
    expect(await migrate(db, directory)).toEqual(['0002_second.sql'])
  })

  test('migrate: a file changed after it was applied → refused by name', async () => {
    await file('0001_first.sql', 'create table first (id integer)')
    await migrate(db, directory)
    await file('0001_first.sql', 'create table first (id bigint)')
    await expect(migrate(db, directory)).rejects.toThrow(/0001_first\.sql was changed/)
  })

  test('migrate: a file is put before applied ones → refused', async () => {
    await file('0002_second.sql', 'create table second (id integer)')
    await migrate(db, directory)
    await file('0001_first.sql', 'create table first (id integer)')
    await expect(migrate(db, directory)).rejects.toThrow(/0002_second\.sql/)
    expect(await tables()).not.toContain('first')
  })

  test('migrate: database newer than the program → refused, nothing changed', async () => {
    await file('0001_first.sql', 'create table first (id integer)')
    await file('0002_second.sql', 'create table second (id integer)')
    await migrate(db, directory)
    await rm(join(directory, '0002_second.sql'))
    await expect(migrate(db, directory)).rejects.toThrow(/0002_second\.sql/)
  })

  test("migrate: the product's own migrations → apply to an empty database and stay", async () => {
    const fresh = await createTestDatabase(dialect, { isEmpty: true })
    const empty = await fresh.open()
    expect((await migrate(empty, MIGRATIONS)).length).toBeGreaterThan(0)
    expect(await migrate(empty, MIGRATIONS)).toEqual([])
    await fresh.drop()
  })
})
