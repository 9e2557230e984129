import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Db, SqlValue, Transactions, Tx } from '#platform/db/db.ts'
import { createTestDatabase, type TestDatabase } from './databases.ts'
import { answeringNothing, takenBack } from './plans.ts'

/** What is done to many rows at once, and how they come to be. */
export interface Widening {
  /** Writes the rows of these ids, after the plans are made. */
  seed?: (tx: Tx, ids: readonly string[]) => Promise<unknown>
  /** What `work` is given for them; else the ids themselves. */
  given?: (tx: Tx, ids: readonly string[]) => Promise<readonly (string | number)[]>
  /** Something of the same kind, to plan with; else some number. */
  givenFirst?: readonly string[]
  work(tx: Tx, given: readonly string[]): Promise<unknown>
}

const FEW = 10
const MANY = 100

/**
 * Tests of each statement, planned while the tables are in four states: what it costs does not
 * depend on what else is there, and of many ids one costs it what one of few does. The second is
 * not asked where tables were believed empty: there a plan may compare every id with every other
 * one in memory.
 */
export const describeWidths = (
  statements: Record<string, Widening>,
  states: {
    /** Much is over, and nothing goes on. */
    idle: (db: Db) => Promise<unknown>
    /** And now much does. */
    busy: (db: Db) => Promise<unknown>
  },
): void => {
  let database: TestDatabase
  let db: Db
  beforeAll(async () => {
    database = await createTestDatabase('postgres')
    db = await database.open()
    await leaveUnanalysed(db)
  })
  afterAll(() => database.drop())

  const each = ({ isBelievedEmpty = false } = {}): void => {
    for (const [name, statement] of Object.entries(statements))
      test(`${name}: beside ${MANY} others, and ${MANY} at once → as much work for each as alone`, async () => {
        const { alone, beside, many } = await workPerId(db, statement)
        expect(beside).toBeLessThan(alone * 1.3 + 1)
        if (!isBelievedEmpty) expect(many).toBeLessThan(beside * 1.3 + 1)
      })
  }
  const analysedAfter = (prepare: (db: Db) => Promise<unknown>) => async (): Promise<void> => {
    await prepare(db)
    await db.query('vacuum analyze')
  }

  describe('planned before anything was ever analysed', () => each())
  describe('planned while the tables were believed empty', () => {
    beforeAll(analysedAfter(async () => {}))
    each({ isBelievedEmpty: true })
  })
  describe('planned while nothing goes on and much is over', () => {
    beforeAll(analysedAfter(states.idle))
    each()
  })
  describe('planned while much goes on', () => {
    beforeAll(analysedAfter(states.busy))
    each()
  })
}

/** Lets nothing but a test look at its tables or clean them up. */
const leaveUnanalysed = async (db: Db): Promise<void> => {
  const tables = await db.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  )
  for (const { name } of tables)
    await db.query(`alter table ${name} set (autovacuum_enabled = false)`)
}

/**
 * How much is done for each of few ids, alone and beside many others, and for each of the many:
 * rows that parts of the plans handled, and looks into indexes. The plans are those that a session
 * keeps: made for any parameters, while the tables are as they are found. Everything is taken back.
 * Statements answer no rows, so that one that goes on from another's answer has to be called by
 * itself.
 */
const workPerId = async (
  db: Transactions,
  { seed, given, givenFirst = ['1'], work }: Widening,
): Promise<{ alone: number; beside: number; many: number }> => {
  const ids = (count: number) => Array.from({ length: count }, () => randomUUID())
  const [few, others] = [ids(FEW), ids(MANY)]
  const done = { alone: Number.NaN, beside: Number.NaN, many: Number.NaN }
  await takenBack(db, async (tx) => {
    await tx.script('set local plan_cache_mode = force_generic_plan')
    const plans = keptPlans(tx)
    await work(
      answeringNothing((sql, parameters) => plans.show(sql, parameters)),
      given === undefined ? few : givenFirst,
    )
    const measured = async (of: readonly string[]): Promise<number> => {
      let sum = 0
      const counting = answeringNothing(async (sql, parameters) => {
        sum += workOf(await plans.run(sql, parameters), of.length)
      })
      await tx.script('savepoint untouched')
      await work(counting, given === undefined ? of : (await given(tx, of)).map(String))
      await tx.script('rollback to savepoint untouched')
      return sum / of.length
    }
    await seed?.(tx, few)
    done.alone = await measured(few)
    await seed?.(tx, others)
    done.beside = await measured(few)
    done.many = await measured(others)
    await plans.drop()
  })
  return done
}

/** Statements prepared in a transaction's session. */
const keptPlans = (tx: Tx) => {
  const names = new Map<string, string>()
  const explain = async (options: string, sql: string, parameters: readonly SqlValue[]) => {
    const name = names.get(sql) ?? `kept_plan_${names.size}`
    if (!names.has(sql)) await tx.script(`prepare ${name} as ${sql}`)
    names.set(sql, name)
    const values = parameters.length === 0 ? '' : `(${parameters.map(literal).join(', ')})`
    const rows = await tx.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (${options}, format json) execute ${name} ${values}`,
    )
    return rows.map((row) => row['QUERY PLAN'][0].Plan)
  }
  return {
    show: (sql: string, parameters: readonly SqlValue[]) => explain('costs off', sql, parameters),
    run: (sql: string, parameters: readonly SqlValue[]) =>
      explain('analyze, timing off', sql, parameters),
    drop: async () => {
      for (const name of names.values()) await tx.script(`deallocate ${name}`)
    },
  }
}

interface PlanNode {
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Join Filter'?: number
  'Rows Removed by Index Recheck'?: number
  'Index Cond'?: string
  Plans?: PlanNode[]
}

const workOf = (nodes: readonly PlanNode[], width: number): number =>
  nodes.reduce((sum, node) => sum + workOfNode(node, width), 0)

const workOfNode = (node: PlanNode, width: number): number => {
  const looks = node['Index Cond']?.includes('= ANY') === true ? width : 1
  const rows =
    (node['Actual Rows'] ?? 0) +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Join Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0)
  const own = (rows + looks) * (node['Actual Loops'] ?? 0)
  return own + workOf(node.Plans ?? [], width)
}

/** `execute` takes no parameters. */
const literal = (value: SqlValue): string =>
  value === null ? 'null' : pg.escapeLiteral(Array.isArray(value) ? array(value) : text(value))

const array = (elements: readonly SqlValue[]): string =>
  `{${elements.map((element) => (element === null ? 'NULL' : quoted(text(element)))).join(',')}}`
const quoted = (element: string): string => `"${element.replaceAll(/["\\]/g, String.raw`\$&`)}"`
const text = (value: SqlValue): string =>
  value instanceof Date ? value.toISOString() : String(value)
