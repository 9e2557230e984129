import { providePostgresByCompose } from './postgres-by-compose.ts'
import { providePostgresByPackages } from './postgres-by-packages.ts'
import { whyUnreachable } from './postgres-probe.ts'

export interface ProvidedPostgres {
  /** A role that may create databases. */
  url: string
  /** How it came about, for people. */
  how: string
  stop(): Promise<void>
}

export interface PostgresWish {
  /** False writes without waiting for the disk: right for tests, wrong for benches. */
  isDurable?: boolean
}

const NAMED = 'CADRE_TEST_DATABASE_URL'
const DEFAULT_PORT_URL = 'postgres://cadre:cadre@127.0.0.1:5432/postgres'

/**
 * A PostgreSQL, by the first way that works: the address in the environment, a server on the
 * default port that knows the test credentials, Docker Compose, Debian's packages. Says in one
 * line which one it was.
 * @throws Error with every reason when there is none
 */
export const providePostgres = async (wish: PostgresWish = {}): Promise<ProvidedPostgres> => {
  const provided = await firstWay(wish)
  process.stderr.write(`PostgreSQL: ${provided.how}\n`)
  return provided
}

const firstWay = async (wish: PostgresWish): Promise<ProvidedPostgres> => {
  const named = process.env[NAMED]
  if (named !== undefined) {
    const reason = await whyUnreachable(named)
    if (reason !== null) throw new Error(`PostgreSQL: ${NAMED} does not answer: ${reason}`)
    return { url: named, how: `the one that ${NAMED} names`, stop: async () => {} }
  }
  const absence = await whyUnreachable(DEFAULT_PORT_URL)
  if (absence === null)
    return { url: DEFAULT_PORT_URL, how: 'the server on port 5432', stop: async () => {} }
  const reasons = [`port 5432: ${absence}`]
  for (const way of [providePostgresByCompose, providePostgresByPackages]) {
    try {
      return await way(wish)
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error))
    }
  }
  throw new Error(`No PostgreSQL could be had. ${reasons.join('; ')}`)
}
