import { afterAll, beforeAll, expect, test } from 'vitest'
import { BUILT_IN_ROLES, type Client } from '@cadre/contract'
import { membersAndStranger } from '../../support/insert-principals.ts'
import { isOpenRoute, routesOf } from '../../support/openapi-document.ts'
import { startCadre, type RunningCadre } from '../../support/start-cadre.ts'
import { whyAsPlatform } from '../../support/platform-statements.ts'
import { watchPlatformStatements } from '../../support/statements.ts'
import { PERSONAL, preparePlace, type Ask, type MakeObject, type Place } from './route-objects.ts'
import { ROUTES, WHILE_SUSPENDED } from './route-table.ts'

// Every route, asked by every role: about its own tenant, about another one, and in a suspended one.

interface Caller {
  key: string
  client: Client
}

let cadre: RunningCadre
let place: Place
/** What calls in the suspended tenant are about, made while it was not. */
const askedWhileSuspended = new Map<string, Ask>()
let statements: ReturnType<typeof watchPlatformStatements>
const callers: Record<string, Caller> = {}
const keyOf = (who: string) => `key-of-${who}-in-the-access-table`
const MEMBERS = BUILT_IN_ROLES.filter((role) => role !== 'agent')

beforeAll(async () => {
  statements = watchPlatformStatements()
  cadre = await startCadre(
    { CADRE_DEMO_AGENTS: 'false' },
    {
      principals: membersAndStranger(MEMBERS, keyOf),
    },
  )
  const callerOf = (key: string): Caller => ({ key, client: cadre.clientOf(key) })
  for (const who of [...MEMBERS, 'other']) callers[who] = callerOf(keyOf(who))
  place = await preparePlace(cadre.url, cadre.clientOf(keyOf('admin')), cadre.clientOf)
  callers['agent'] = callerOf(place.worker.key)
  callers['suspended'] = await suspendedCaller()
})
afterAll(async () => {
  statements.stop()
  await cadre.stop()
})

/** The administrator of a tenant that was suspended when everything was there. */
const suspendedCaller = async (): Promise<Caller> => {
  const { client } = cadre
  const { tenant, admin } = await client.tenants.create({
    name: 'suspended',
    admin: { name: 'root' },
  })
  const caller = { key: admin.key, client: cadre.clientOf(admin.key) }
  const theirs = await preparePlace(cadre.url, caller.client, cadre.clientOf)
  const made = new Map<MakeObject, Ask>()
  for (const [route, [make]] of Object.entries(ROUTES)) {
    // What only the operator has, nobody can make there.
    const ask = made.get(make) ?? (await make(theirs, caller).catch(() => ({})))
    made.set(make, ask)
    askedWhileSuspended.set(route, ask)
  }
  await client.tenants.suspend(tenant.id, 'unpaid')
  return caller
}

const callerNamed = (who: string): Caller => {
  const caller = callers[who]
  if (caller === undefined) throw new Error(`Nobody is called ${who}.`)
  return caller
}

const statusOf = async (route: string, ask: Ask, { key }: Caller): Promise<number> => {
  const [method = '', template = ''] = route.split(' ')
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(ask.path?.[name] ?? name),
  )
  const query = ask.query === undefined ? '' : `?${new URLSearchParams(ask.query)}`
  const end = new AbortController()
  const body = method === 'GET' ? undefined : ask.body
  const response = await fetch(`${cadre.url}/api/v1${path}${query}`, {
    method,
    signal: end.signal,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  end.abort()
  return response.status
}

test('every route that needs an identity is in the table, and no other', async () => {
  const documented = routesOf(await (await cadre.request('/api/v1/openapi.json')).json())
  const closed = documented.filter((route) => !isOpenRoute(route))
  expect(Object.keys(ROUTES).toSorted()).toEqual(
    closed.map(({ method, path }) => `${method} ${path}`).toSorted(),
  )
})

/** Objects that no call has changed since they were made. */
const untouched = new Map<MakeObject, Ask>()
const objectOf = async (make: MakeObject, caller: Caller): Promise<Ask> => {
  const ask = untouched.get(make) ?? (await make(place, caller))
  if (!PERSONAL.has(make)) untouched.set(make, ask)
  return ask
}
/** How the call of somebody about an object of `whose` is answered. */
const statusAbout = async (route: string, make: MakeObject, who: string, whose = who) => {
  const ask = await objectOf(make, callerNamed(whose))
  const status = await statusOf(route, ask, callerNamed(who))
  if (status < 400 && !route.startsWith('GET ')) untouched.clear()
  return status
}

test.each(Object.entries(ROUTES))('%s', async (route, [make, own, other]) => {
  const answered: number[] = []
  for (const role of BUILT_IN_ROLES) answered.push(await statusAbout(route, make, role))
  const suspended = callerNamed('suspended')
  const isSuspended = await statusOf(route, askedWhileSuspended.get(route) ?? {}, suspended)
  const elsewhere = await statusAbout(route, make, 'other', 'admin')
  expect([answered.join(' '), elsewhere, isSuspended]).toEqual([
    own,
    other,
    WHILE_SUSPENDED[route] ?? 403,
  ])
})

test('what requests do for their tenant runs as that tenant, but for what is listed', () => {
  const found = statements.found()
  expect(found.length).toBeGreaterThan(20)
  expect(found.filter((statement) => whyAsPlatform(statement) === null)).toEqual([])
})
