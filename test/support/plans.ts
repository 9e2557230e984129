import type { Queryable, Transactions, Tx } from '#platform/db/db.ts'

class Undone extends Error {}

/**
 * Runs what `work` asks for, takes it back, and answers the plans with what they read. Statements
 * answer no rows, so that one that goes on from another's answer has to be called by itself.
 */
export const plansOf = async (
  db: Transactions,
  work: (tx: Tx) => Promise<unknown>,
): Promise<string> => {
  const plans: string[] = []
  const running = db.transaction(async (tx) => {
    const query: Queryable['query'] = async (sql, parameters) => {
      const explain = `explain (analyze, buffers, timing off) ${sql}`
      const rows = await tx.query<{ 'QUERY PLAN': string }>(explain, parameters)
      plans.push(...rows.map((row) => row['QUERY PLAN']))
      return []
    }
    await work({
      isTransaction: true,
      query,
      notify: () => {},
      script: async () => {},
      afterCommit: () => {},
    })
    throw new Undone()
  })
  await running.catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error
  })
  return plans.join('\n')
}

/** Pages that the part of the plans that read most of them read. */
export const pagesRead = (plans: string): number =>
  Math.max(
    ...[...plans.matchAll(/Buffers: shared(?: hit=(\d+))?(?: read=(\d+))?/g)].map(
      ([, hit = '0', read = '0']) => Number(hit) + Number(read),
    ),
  )
