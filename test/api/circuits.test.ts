import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CadreEvent, ErrorBody } from '@cadre/contract'
import { openEventStream } from '../support/event-stream-reader.ts'
import { doorTo, type Door } from '../support/postgres-faults.ts'
import { createTestVhost, type TestVhost } from '../support/rabbitmq.ts'
import { runCadreCli } from '../support/run-cadre.ts'
import { startCadreOnPostgres } from '../support/cadre-on-postgres.ts'
import { membersAndStranger } from '../support/insert-principals.ts'
import type { RunningCadre } from '../support/start-cadre.ts'

const NAME = 'broker:rabbitmq'
const POLL = { timeout: 20_000, interval: 50 }

let vhost: TestVhost
let door: Door
let cadre: RunningCadre

const keyOf = (name: string) => `key-of-the-circuit-tests-${name}`

beforeAll(async () => {
  vhost = await createTestVhost()
  door = await doorTo(vhost.url)
  cadre = await startCadreOnPostgres(
    {
      CADRE_DEMO_AGENTS: 'false',
      RABBITMQ_URL: door.url,
    },
    {
      principals: membersAndStranger(['viewer', 'supervisor', 'agent'], keyOf),
    },
  )
})
afterAll(async () => {
  await cadre.stop()
  await door.close()
  await vhost.drop()
})

const stateNow = async () => (await cadre.client.circuits.list()).items[0]?.state
const refusalOf = async (method: string, path: string, key: string) => {
  const response = await cadre.request(`/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
  })
  const body = (await response.json()) as Partial<ErrorBody>
  return [response.status, body.error?.code ?? null]
}
/** Follows what is noted from now on. */
const followResets = async () => {
  const stream = await openEventStream(`${cadre.url}/api/v1/events?type=circuit.reset`, {
    authorization: `Bearer ${cadre.key}`,
  })
  return {
    stream,
    noted: () => stream.messages.map(({ data }) => (JSON.parse(data) as CadreEvent).data),
  }
}

test('broker away → its circuit is open; back and reset → closed, and an event says who did it', async () => {
  expect((await cadre.client.circuits.list()).items).toEqual([
    { name: NAME, state: 'closed', detail: expect.stringContaining('RabbitMQ') },
  ])
  door.shut()
  await expect.poll(stateNow, POLL).toBe('open')
  const { stream, noted } = await followResets()
  door.open()
  expect((await cadre.client.circuits.reset(NAME)).name).toBe(NAME)
  await expect.poll(stateNow, POLL).toBe('closed')
  await stream.waitFor(({ event }) => event === 'circuit.reset')
  const { principal_id, name } = await cadre.client.session.whoAmI()
  expect(noted()).toEqual([{ circuit: NAME, actor_id: principal_id, actor_name: name }])
  await stream.close()
})

test('who may: everybody but agents looks; only the platform administers; no such circuit → 404', async () => {
  const path = `/circuits/${NAME}/reset`
  expect(await refusalOf('GET', '/circuits', keyOf('viewer'))).toEqual([200, null])
  expect(await refusalOf('GET', '/circuits', keyOf('agent'))).toEqual([403, 'access.forbidden'])
  const { stream, noted } = await followResets()
  for (const role of ['viewer', 'supervisor', 'agent', 'other'])
    expect(await refusalOf('POST', path, keyOf(role))).toEqual([403, 'access.forbidden'])
  expect(await refusalOf('POST', '/circuits/broker:none/reset', cadre.key)).toEqual([
    404,
    'circuit.not_found',
  ])
  await cadre.client.circuits.reset(NAME)
  await stream.waitFor(({ event }) => event === 'circuit.reset')
  expect(noted()).toHaveLength(1)
  await stream.close()
})

test('cadre circuits, cadre circuit reset → the same from the command line', async () => {
  const run = (...args: string[]) =>
    runCadreCli(args, {
      cwd: cadre.dataDirectory,
      env: { CADRE_URL: cadre.url, CADRE_KEY: cadre.key },
    })
  await expect.poll(stateNow, POLL).toBe('closed')
  expect((await run('circuits')).stdout).toMatch(
    new RegExp(`CIRCUIT[^]*${NAME} +closed +consumers`),
  )
  expect((await run('circuit', 'reset', NAME)).stdout).toBe(
    `Circuit ${NAME} is tried now; it is closed.\n`,
  )
  const unknown = await run('circuit', 'reset', 'broker:none')
  expect([unknown.code === 0, unknown.stderr]).toEqual([
    false,
    expect.stringContaining('no such circuit'),
  ])
})
