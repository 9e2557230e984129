import type { SqlValue, Transactions, Tx } from '#platform/db/db.ts'

class Undone extends Error {}

/** Does something within a transaction that is taken back. */
export const takenBack = async (
  db: Transactions,
  work: (tx: Tx) => Promise<unknown>,
): Promise<void> => {
  const running = db.transaction(async (tx) => {
    await work(tx)
    throw new Undone()
  })
  await running.catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error
  })
}

/** A transaction that only shows its statements to somebody: none of them answers a row. */
export const answeringNothing = (
  see: (sql: string, parameters: readonly SqlValue[]) => Promise<unknown>,
): Tx => ({
  isTransaction: true,
  query: async (sql, parameters = []) => {
    await see(sql, parameters)
    return []
  },
  notify: () => {},
  script: async () => {},
  afterCommit: () => {},
})

/**
 * Runs what `work` asks for, takes it back, and answers the plans with what they read. Statements
 * answer no rows, so that one that goes on from another's answer has to be called by itself.
 */
export const plansOf = async (
  db: Transactions,
  work: (tx: Tx) => Promise<unknown>,
): Promise<string> => {
  const plans: string[] = []
  await takenBack(db, (tx) =>
    work(
      answeringNothing(async (sql, parameters) => {
        const explain = `explain (analyze, buffers, timing off) ${sql}`
        const rows = await tx.query<{ 'QUERY PLAN': string }>(explain, parameters)
        plans.push(...rows.map((row) => row['QUERY PLAN']))
      }),
    ),
  )
  return plans.join('\n')
}

/** Pages that the part of the plans that read most of them read. */
export const pagesRead = (plans: string): number =>
  Math.max(
    ...[...plans.matchAll(/Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/g)].map(
      ([, hit = '0', read = '0']) => Number(hit) + Number(read),
    ),
  )
