import { provideByFirstWay, type Provided } from './first-way.ts'
import { providePostgresByPackages } from './postgres-by-packages.ts'
import { whyUnreachable } from './postgres-probe.ts'
import { provideByCompose } from './docker-compose.ts'

/** Its url is of a role that may create databases. */
export type ProvidedPostgres = Provided

export interface PostgresWish {
  /** False writes without waiting for the disk: right for tests, wrong for benches. */
  isDurable?: boolean
}

/** @throws Error with every reason when there is none */
export const providePostgres = (wish: PostgresWish = {}): Promise<ProvidedPostgres> =>
  provideByFirstWay<ProvidedPostgres>({
    name: 'PostgreSQL',
    variable: 'CADRE_TEST_DATABASE_URL',
    defaultUrl: 'postgres://cadre:cadre@127.0.0.1:5432/postgres',
    whyUnreachable,
    existing: (url, how) => ({ url, how, stop: async () => {} }),
    ways: [
      async () => {
        const { addresses, ...container } = await provideByCompose('postgres', [5432])
        return { ...container, url: `postgres://cadre:cadre@${addresses[0]}/cadre` }
      },
      () => providePostgresByPackages(wish),
    ],
  })
