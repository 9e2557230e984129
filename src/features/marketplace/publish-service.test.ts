import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, DIALECTS, type TestDatabase } from '../../../test/support/databases.ts'
import { openMarketplace } from '../../../test/support/open-marketplace.ts'
import type { Db } from '#platform/db/db.ts'
import { isAppError } from '#platform/errors.ts'
import { createSchemaJudge } from './schema-judge.ts'

const CLIENTS = 200

describe.each(DIALECTS)('publishing on %s', (dialect) => {
  let database: TestDatabase
  let db: Db
  let marketplace: Awaited<ReturnType<typeof openMarketplace>>
  beforeAll(async () => {
    database = await createTestDatabase(dialect)
    db = await database.open()
    marketplace = await openMarketplace(db)
  })
  afterAll(async () => {
    await marketplace.close()
    await database.drop()
  })

  const codesOf = async (publications: Promise<unknown>[]) => {
    const outcomes = await Promise.allSettled(publications)
    const codes = outcomes.map((outcome) => {
      if (outcome.status === 'fulfilled') return 'published'
      return isAppError(outcome.reason) ? outcome.reason.code : String(outcome.reason)
    })
    const counts: Record<string, number> = {}
    for (const code of codes) counts[code] = (counts[code] ?? 0) + 1
    return counts
  }

  test(`${CLIENTS} of one tenant at once: the same name and version → one is published`, async () => {
    const by = await marketplace.tenant('eager')
    const publications = Array.from({ length: CLIENTS }, () => marketplace.publish(by, 'contested'))
    expect(await codesOf(publications)).toEqual({
      published: 1,
      'marketplace.version_exists': CLIENTS - 1,
    })
  })

  test('twenty tenants at once: names that read alike → one has them', async () => {
    const names = ['look-alike', 'lookalike', 'l00k-alike', 'look-a1ike']
    const tenants = await Promise.all(
      Array.from({ length: 20 }, (_, place) => marketplace.tenant(`tenant ${place}`)),
    )
    const codes = await codesOf(
      tenants.map((by, place) => marketplace.publish(by, names[place % names.length] ?? '')),
    )
    const { published, ...refused } = codes
    expect(published).toBe(1)
    expect(Object.keys(refused).toSorted()).toEqual([
      'marketplace.name_confusing',
      'marketplace.name_taken',
    ])
    const rows = await db.query(`select 1 from marketplace_items where skeleton = 'lookalike'`)
    expect(rows).toHaveLength(1)
  })
})

test('schemas by which nothing can be judged in time → 422, and the next ones are judged', async () => {
  const judge = createSchemaJudge(1_000)
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, level) => {
      const next = { $ref: `#/$defs/level${level + 1}` }
      return [`level${level}`, { allOf: [next, next] }]
    }),
  )
  const endless = { $defs: { ...doubling, level40: {} }, $ref: '#/$defs/level0' }
  const examples = [{ title: 'x', input: 1 }]
  await expect(
    judge.judge({ inputSchema: endless, outputSchema: undefined, examples }),
  ).rejects.toMatchObject({ kind: 'invalid', details: [{ field: 'input_schema' }] })
  await judge.judge({ inputSchema: { type: 'number' }, outputSchema: undefined, examples })
  await judge.close()
})
