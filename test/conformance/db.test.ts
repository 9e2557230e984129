import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConstraintError, type Db } from '#platform/db/db.ts'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../support/databases.ts'
import { signal } from '../support/signals.ts'

const wellFormedText = fc
  .string({ unit: 'binary' })
  .map((text) => text.replaceAll('\u0000', '').toWellFormed())

describe.each(DIALECTS)('Db port on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase(dialect, { isEmpty: true })
    db = await database.open()
    await db.query(
      `create table things (id integer primary key, name text not null unique,
         size integer constraint things_size check (size > 0),
         parent integer constraint things_parent references things (id))`,
    )
  })
  afterAll(() => database.drop())

  test('query: every type → the documented JavaScript value', async () => {
    const [row] = await db.query(
      `select 1::int2 as i2, 2::int4 as i4, 9007199254740991::int8 as i8, 1.50::numeric(18, 6) as n,
         0.5::float8 as f, true as b, 'text' as t, null as nothing,
         '2026-07-01T10:30:00.123+02:00'::timestamptz as at, '{"a": [1, null]}'::json as j,
         '{"a": "b"}'::jsonb as jb, '\\x00ff'::bytea as bytes,
         'b3c1a7e2-0f5b-4c8e-9d1a-1f2e3d4c5b6a'::uuid as u`,
    )
    expect({ ...row, bytes: Buffer.from(row?.['bytes'] as Uint8Array).toString('hex') }).toEqual({
      i2: 1,
      i4: 2,
      i8: 9_007_199_254_740_991,
      n: '1.500000',
      f: 0.5,
      b: true,
      t: 'text',
      nothing: null,
      at: new Date('2026-07-01T08:30:00.123Z'),
      j: { a: [1, null] },
      jb: { a: 'b' },
      bytes: '00ff',
      u: 'b3c1a7e2-0f5b-4c8e-9d1a-1f2e3d4c5b6a',
    })
    expect(row?.['bytes']).toBeInstanceOf(Uint8Array)
  })

  test('query: any text, number, instant and bytes → come back as they went', async () => {
    await fc.assert(
      fc.asyncProperty(
        wellFormedText,
        fc.maxSafeInteger(),
        fc.date({ min: new Date('1900-01-01'), max: new Date('9999-01-01'), noInvalidDate: true }),
        fc.uint8Array({ maxLength: 50 }),
        async (text, number, at, bytes) => {
          const [row] = await db.query<{ t: string; n: number; at: Date; b: Uint8Array }>(
            'select $1::text as t, $2::int8 as n, $3::timestamptz as at, $4::bytea as b',
            [text, number, at, bytes],
          )
          expect(row).toMatchObject({ t: text, n: number, at })
          expect([...(row?.b ?? [])]).toEqual([...bytes])
        },
      ),
      { numRuns: 60 },
    )
  })

  test('query: arrays with nulls, quotes, braces and unicode → come back as they went', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.option(
            fc.oneof(wellFormedText, fc.constantFrom('NULL', '', '{}', '"', '\\', ',', "'", '𝕏')),
          ),
        ),
        async (texts) => {
          const rows = await db.query<{ t: string | null }>(
            'select u.t from unnest($1::text[]) with ordinality as u (t, place) order by place',
            [texts],
          )
          expect(rows.map(({ t }) => t)).toEqual(texts)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('query: array of instants and of numbers → unnested alike', async () => {
    const instants = [new Date('1999-12-31T23:59:59.999Z'), null, new Date('2026-03-29T01:30:00Z')]
    const rows = await db.query(
      `select u.at, u.n from unnest($1::timestamptz[], $2::int8[]) with ordinality
         as u (at, n, place) order by place`,
      [instants, [1, null, -9_007_199_254_740_991]],
    )
    expect(rows).toEqual([
      { at: instants[0], n: 1 },
      { at: null, n: null },
      { at: instants[2], n: -9_007_199_254_740_991 },
    ])
  })

  test('query: refused rows → ConstraintError that names the rule', async () => {
    await db.query(`insert into things (id, name) values (1, 'one') on conflict do nothing`)
    const refusals = [
      [`insert into things (id, name) values (2, 'one')`, 'unique', 'things_name_key'],
      [`insert into things (id, name, size) values (3, 'x', 0)`, 'check', 'things_size'],
      [`insert into things (id, name, parent) values (4, 'y', 99)`, 'foreign_key', 'things_parent'],
      ['insert into things (id) values (5)', 'not_null', 'name'],
    ] as const
    for (const [sql, kind, constraint] of refusals) {
      const refusal = await db.query(sql).catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(ConstraintError)
      expect(refusal).toMatchObject({ kind, constraint })
    }
  })

  test('query: a mistake in one statement → the next one works', async () => {
    await expect(db.query('select wrong from nowhere')).rejects.toThrow(/nowhere/)
    await expect(db.query('select $1::integer', ['no number'])).rejects.toThrow(/integer/)
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }])
  })

  test('transaction: work resolves → committed, its result answered', async () => {
    const result = await db.transaction(async (tx) => {
      await tx.query(`insert into things (id, name) values (10, 'ten')`)
      return 'done'
    })
    expect(result).toBe('done')
    expect(await db.query('select name from things where id = 10')).toEqual([{ name: 'ten' }])
  })

  test('transaction: work rejects → nothing written, the same error', async () => {
    const fault = new Error('changed my mind')
    const work = db.transaction(async (tx) => {
      await tx.query(`insert into things (id, name) values (11, 'eleven')`)
      throw fault
    })
    await expect(work).rejects.toBe(fault)
    expect(await db.query('select 1 from things where id = 11')).toEqual([])
  })

  test('transaction: a statement in it fails → rolled back, later ones work', async () => {
    const work = db.transaction(async (tx) => {
      await tx.query(`insert into things (id, name) values (12, 'twelve')`)
      await tx.query(`insert into things (id, name) values (12, 'again')`)
    })
    await expect(work).rejects.toBeInstanceOf(ConstraintError)
    expect(await db.query('select 1 from things where id = 12')).toEqual([])
  })

  test('transaction: statements issued without waiting → run in their order, each answered', async () => {
    const answers = await db.transaction((tx) =>
      Promise.all([
        tx.query(`insert into things (id, name) values (113, 'thirteen')`),
        tx.query(`update things set name = name || '!' where id = 113 returning name`),
        tx.query('select name from things where id = $1', [113]),
      ]),
    )
    expect(answers).toEqual([[], [{ name: 'thirteen!' }], [{ name: 'thirteen!' }]])
  })

  test('transaction: one of several issued together fails → rolled back, and it is the one that is told', async () => {
    const work = db.transaction(async (tx) => {
      const failing = tx.query('insert into things (id) values (114)')
      failing.catch(() => {})
      // Only this one is waited for, and it fails for the other's sake.
      await tx.query(`insert into things (id, name) values (115, 'fifteen')`)
    })
    await expect(work).rejects.toMatchObject({ kind: 'not_null', constraint: 'name' })
    expect(await db.query('select 1 from things where id in (114, 115)')).toEqual([])
  })

  test('transaction: afterCommit → acts once it has committed, of the try that did', async () => {
    const acts: string[] = []
    await db.transaction(async (tx) => {
      tx.afterCommit(() => acts.push('committed'))
      await tx.query(`insert into things (id, name) values (116, 'sixteen')`)
      expect(acts).toEqual([])
    })
    expect(acts).toEqual(['committed'])
    const undone = db.transaction(async (tx) => {
      tx.afterCommit(() => acts.push('rolled back'))
      await tx.query(`insert into things (id, name) values (116, 'again')`)
    })
    await expect(undone).rejects.toBeInstanceOf(ConstraintError)
    expect(acts).toEqual(['committed'])
  })

  test('transaction: others do not see it before its commit', async () => {
    const written = signal()
    const mayCommit = signal()
    const work = db.transaction(async (tx) => {
      await tx.query(`insert into things (id, name) values (13, 'thirteen')`)
      written.fire()
      await mayCommit.promise
    })
    await written.promise
    const seen = db.query('select 1 from things where id = 13')
    if (dialect === 'postgres') expect(await seen).toEqual([])
    mayCommit.fire()
    await work
    expect(await db.query('select 1 as one from things where id = 13')).toEqual([{ one: 1 }])
    await seen
  })

  test('transaction: serialisation failure → the work runs again', async () => {
    let tries = 0
    const result = await db.transaction(async (tx) => {
      tries++
      if (tries < 3) await tx.query(`do $$ begin raise exception using errcode = '40001'; end $$`)
      return tries
    })
    expect(result).toBe(3)
  })

  test('transaction: serialisation fails for ever → given up after the documented tries', async () => {
    let tries = 0
    const work = db.transaction(async (tx) => {
      tries++
      await tx.query(`do $$ begin raise exception using errcode = '40001'; end $$`)
    })
    await expect(work).rejects.toMatchObject({ code: '40001' })
    expect(tries).toBe(5)
  })

  test('transaction: a script of several statements → all run', async () => {
    await db.transaction((tx) =>
      tx.script(`insert into things (id, name) values (14, 'a;b'); -- remark; not a statement
        insert into things (id, name) values (15, 'c')`),
    )
    expect(await db.query('select id from things where id in (14, 15) order by id')).toEqual([
      { id: 14 },
      { id: 15 },
    ])
  })

  test('transaction: the database is used beside its tx → refused instead of waited for', async () => {
    const beside = db.transaction(() => db.query('select 1'))
    await expect(beside).rejects.toThrow(/transaction/)
    const nested = db.transaction(() => db.transaction(async () => 1))
    await expect(nested).rejects.toThrow(/transaction/)
  })

  test('transaction: what it left running → may use the database when it is over', async () => {
    const over = signal()
    const left: Promise<unknown>[] = []
    await db.transaction(async (tx) => {
      await tx.query('select 1')
      left.push(over.promise.then(() => db.query('select 1 as one')))
    })
    over.fire()
    expect(await Promise.all(left)).toEqual([[{ one: 1 }]])
  })

  test('query: many at once → each gets its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => db.query<{ n: number }>('select $1::int4 as n', [n])),
    )
    expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 200 }, (_, n) => n))
  })

  test('close: twice → resolves; afterwards statements are refused', async () => {
    const other = await createTestDatabase(dialect, { isEmpty: true })
    const closing = await other.open()
    await closing.query('select 1')
    await closing.close()
    await closing.close()
    await expect(closing.query('select 1')).rejects.toThrow()
    await other.drop()
  })
})
