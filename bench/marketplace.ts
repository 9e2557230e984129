import { milliseconds, percentile } from './figures.ts'
import { createCaller, type Caller } from './http-caller.ts'
import { startServer } from './server-process.ts'
import { catalogueItem, listCatalogue } from '../test/support/marketplace-catalogue.ts'
import { providePostgres } from '../test/support/services/postgres.ts'
import { databaseUrl, withServer } from '../test/support/services/postgres-template.ts'
import { systemClock } from '../src/platform/clock.ts'
import { createPostgresDb } from '../src/platform/db/postgres-db.ts'

const ITEMS = 100_000
const ROUNDS = 60

const THINGS = ['invoice', 'genome', 'weather', 'patient', 'contract', 'sensor', 'exam', 'song']
const VERBS = ['summary', 'extractor', 'validator', 'translator', 'forecast', 'router']
const FIELDS = ['media', 'finance', 'legal', 'office', 'science', 'security']

/** What is asked, a little different each time. */
const SEARCHES: Readonly<Record<string, (round: number) => string>> = {
  'all, by quality': () => '',
  'all, newest': () => 'sort_by=newest',
  'all, page 50': () => 'page=50',
  'workflows, cheapest': () => 'type=workflow&sort_by=price',
  'a licence, most used': () => 'licence=MIT&sort_by=most_used',
  'one tag': (round) => `tags=${at(FIELDS, round)}`,
  'two tags': (round) => `tags=${at(FIELDS, round)},summary`,
  'a whole name': (round) => `q=swift-${at(THINGS, round)}-${at(VERBS, round)}-${1 + (round % 8)}`,
  'two words': (round) => `q=${at(THINGS, round)} ${at(VERBS, round)}`,
  'a word of one item in 36': (round) => `q=${at(THINGS, round)}`,
  'a word of every item': () => 'q=json',
  'three letters': (round) => `q=${at(THINGS, round).slice(0, 3)}`,
  'one letter': (round) => `q=${at(THINGS, round).slice(0, 1)}`,
  'other words for it': (round) => `q=${at(THINGS, round)} digest`,
  misspelt: (round) => `q=${swapped(at(THINGS, round))} ${swapped(at(VERBS, round))}`,
  'words that nothing has': (round) => `q=zzyzx${round}`,
  'two words, with facets': (round) => `q=${at(THINGS, round)} ${at(VERBS, round)}&facets=true`,
  'all, with facets': () => 'facets=true',
}

const at = (values: readonly string[], place: number): string => values[place % values.length] ?? ''
/** Two letters change places. */
const swapped = (word: string): string =>
  `${word.slice(0, 2)}${word[3] ?? ''}${word[2] ?? ''}${word.slice(4)}`

/** How long a search takes beside a hundred thousand items, one at a time, on PostgreSQL. */
export const benchMarketplace = async (): Promise<void> => {
  const postgres = await providePostgres({ isDurable: true })
  const name = `cadre_marketplace_${Date.now()}`
  await withServer(postgres.url, (client) => client.query(`create database ${name}`))
  const url = databaseUrl(postgres.url, name)
  const server = await startServer({ CADRE_DATABASE_URL: url, CADRE_LOCAL_KEY: 'false' })
  const caller = createCaller({ ...server, connectionsMax: 1 })
  try {
    await list(url)
    console.log('| search | p50 | p95 | p99 | items |\n| --- | --- | --- | --- | --- |')
    const all: number[] = []
    for (const [kind, query] of Object.entries(SEARCHES)) {
      const { waits, total } = await measure(caller, query)
      all.push(...waits)
      console.log(`| ${kind} | ${quantiles(waits)} | ${total.toLocaleString('en')} |`)
    }
    console.log(`| all of these | ${quantiles(all)} | |`)
  } finally {
    caller.close()
    await server.stop()
    await withServer(postgres.url, (client) =>
      client.query(`drop database if exists ${name} with (force)`),
    )
    await postgres.stop()
  }
}

const quantiles = (waits: readonly number[]): string =>
  [0.5, 0.95, 0.99].map((fraction) => milliseconds(percentile(waits, fraction))).join(' | ')

const measure = async (caller: Caller, query: (round: number) => string) => {
  const waits: number[] = []
  let total = 0
  // The first rounds warm what every search stands on.
  for (let round = -6; round < ROUNDS; round++) {
    const path = `/marketplace?${encodeURI(query(round + 6))}`
    const begin = performance.now()
    const answer = (await caller.call('GET', path)) as { total: number }
    if (round >= 0) waits.push(performance.now() - begin)
    total = answer.total
  }
  return { waits, total }
}

const list = async (url: string): Promise<void> => {
  const db = createPostgresDb({
    url,
    connectionsMax: 1,
    connectTimeoutMs: 10_000,
    statementTimeoutMs: 600_000,
    clock: systemClock,
    onFault: (error) => console.error(error),
  })
  const items = Array.from({ length: ITEMS }, (_, place) => catalogueItem(place))
  await listCatalogue(db, items)
  await db.close()
  await withServer(url, (client) => client.query('vacuum analyze'))
}
