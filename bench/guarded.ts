import { createClient, type Client } from '@cadre/contract/client'
import { providePostgres } from '../test/support/services/postgres.ts'
import { databaseUrl, withServer } from '../test/support/services/postgres-template.ts'
import { percentile } from './figures.ts'
import { createCaller, type Caller } from './http-caller.ts'
import { produce, withAgent } from './remote.ts'
import { startServer, type ServerProcess } from './server-process.ts'

const ROUNDS = 5
const TASKS = 5_000
const POLICIES = 200
const GRANTS = 20
const AGENT = 'guarded'

/** What a tenant of a server does, and with whose key. */
interface Side {
  name: string
  server: ServerProcess
  caller: Caller
  key: string
  perSecond: number[]
}

/**
 * What everything that guards the engine costs: the same tasks, in turns, on a server without
 * rate limits for an administrator in a tenant without policies; and with rate limits for a
 * service account with a role of its tenant's own and a narrowed key, 200 policies and 20 grants.
 */
export const benchGuarded = async (): Promise<void> => {
  const postgres = await providePostgres({ isDurable: true })
  const names = ['plain', 'guarded'].map((side) => `cadre_${side}_${Date.now()}`)
  const started: ServerProcess[] = []
  const start = async (name: string, settings: Record<string, string>) => {
    await withServer(postgres.url, (client) => client.query(`create database ${name}`))
    const server = await startServer({
      CADRE_DATABASE_URL: databaseUrl(postgres.url, name),
      CADRE_LOCAL_KEY: 'false',
      ...settings,
    })
    started.push(server)
    return server
  }
  try {
    const plain = await start(names[0] ?? '', { CADRE_RATE_LIMITS: 'false' })
    const guarded = await start(names[1] ?? '', {})
    const sides = [
      sideOf('without', plain, plain.key),
      sideOf('with everything on', guarded, await guard(guarded)),
    ]
    await createClient({ baseUrl: plain.url, key: plain.key, fetch }).agents.register({
      name: AGENT,
      runtime: 'remote',
    })
    for (let round = 0; round <= ROUNDS; round++)
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const perSecond = await measure(side)
        // The first round warms up.
        if (round > 0) side.perSecond.push(perSecond)
      }
    tell(sides)
    for (const { caller } of sides) caller.close()
  } finally {
    for (const server of started) await server.stop()
    for (const name of names)
      await withServer(postgres.url, (client) =>
        client.query(`drop database if exists ${name} with (force)`),
      )
    await postgres.stop()
  }
}

const sideOf = (name: string, server: ServerProcess, key: string): Side => ({
  name,
  server,
  key,
  caller: createCaller({ url: server.url, key, connectionsMax: 64 }),
  perSecond: [],
})

/** Puts up everything; answers the key of an account that may work in spite of it. */
const guard = async (server: ServerProcess): Promise<string> => {
  const client = createClient({ baseUrl: server.url, key: server.key, fetch })
  const agent = await client.agents.register({ name: AGENT, runtime: 'remote' })
  await client.roles.create({
    name: 'engineer',
    inherits: ['developer'],
    permissions: [{ actions: ['task.report', 'agent.serve'] }],
  })
  const account = await client.serviceAccounts.create({ name: 'bench', role: 'engineer' })
  for (let count = 0; count < GRANTS; count++)
    await client.grants.create({
      principal_id: account.id,
      actions: ['task.cancel'],
      resource: { type: 'Agent', id: agent.id },
      reason: 'bench',
    })
  for (let count = 0; count < POLICIES; count++) await activate(client, count)
  const { key } = await client.keys.create({
    label: 'bench',
    service_account_id: account.id,
    scopes: ['task.*', 'agent.*', 'queue.read', 'system.read'],
  })
  return key
}

/** Half of them speak of what the bench does, and have to be looked at. */
const activate = async (client: Client, count: number): Promise<void> => {
  const action = count % 2 === 0 ? 'task.create' : 'run.start'
  const { id } = await client.policies.create({
    name: `policy-${count}`,
    text: `forbid (principal, action == Action::"${action}", resource) when { context has ip && context.ip.isInRange(ip("203.0.113.${count}/32")) };`,
  })
  await client.policies.activate(id)
}

const measure = async ({ server, key, caller }: Side): Promise<number> => {
  let totalMs = 0
  await withAgent({ url: server.url, key, agentId: AGENT }, async () => {
    const begin = performance.now()
    await produce(caller, AGENT, TASKS)
    totalMs = performance.now() - begin
  })
  return (TASKS / totalMs) * 1_000
}

const tell = (sides: readonly Side[]): void => {
  const medians = sides.map(({ perSecond }) => percentile(perSecond, 0.5))
  for (const [index, { name, perSecond }] of sides.entries())
    console.log(
      `end to end ${name}: ${Math.round(medians[index] ?? 0)} tasks/s (median of ${perSecond.map(Math.round).join(', ')})`,
    )
  console.log(`ratio: ${((medians[1] ?? 0) / (medians[0] ?? 1)).toFixed(2)}`)
}
