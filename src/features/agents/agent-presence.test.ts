import { expect, test } from 'vitest'
import type { AgentId, TenantId } from '@cadre/contract'
import { manualClock } from '#platform/clock.ts'
import { createAgentPresence, SEEN_MS } from './agent-presence.ts'

const ID = '00000000-0000-7000-8000-000000000001' as AgentId
const AGENT = { id: ID, tenantId: '00000000-0000-7000-8000-000000000002' as TenantId }
const REMOTE = { ...AGENT, runtime: 'remote' } as const

const setUp = () => {
  const clock = manualClock()
  const touched: AgentId[] = []
  let fault: Error | null = null
  const presence = createAgentPresence({
    clock,
    touch: async ({ id }) => {
      if (fault !== null) throw fault
      touched.push(id)
    },
  })
  return { clock, touched, presence, failWith: (error: Error | null) => (fault = error) }
}

test('seen: many calls → written once a minute', async () => {
  const { clock, touched, presence } = setUp()
  for (let call = 0; call < 5; call++) await presence.seen(REMOTE)
  clock.advance(SEEN_MS - 1)
  await presence.seen(REMOTE)
  expect(touched).toEqual([ID])
  clock.advance(1)
  await presence.seen(REMOTE)
  expect(touched).toEqual([ID, ID])
})

test('seen: an agent that runs here → nothing is written', async () => {
  const { touched, presence } = setUp()
  await presence.seen({ ...AGENT, runtime: 'wasm' })
  expect(touched).toEqual([])
})

test('seen: the write failed → the next call writes', async () => {
  const { touched, presence, failWith } = setUp()
  failWith(new Error('away'))
  await expect(presence.seen(REMOTE)).rejects.toThrow('away')
  failWith(null)
  await presence.seen(REMOTE)
  expect(touched).toEqual([ID])
})

test('listens → written each minute until it ends, past a fault', async () => {
  const { clock, touched, presence, failWith } = setUp()
  const faults: unknown[] = []
  const stop = presence.listens(AGENT, (error) => faults.push(error))
  clock.advance(2 * SEEN_MS)
  expect(touched).toEqual([ID, ID])
  failWith(new Error('away'))
  clock.advance(SEEN_MS)
  await expect.poll(() => faults.length).toBe(1)
  failWith(null)
  clock.advance(SEEN_MS)
  expect(touched).toHaveLength(3)
  stop()
  clock.advance(10 * SEEN_MS)
  expect(touched).toHaveLength(3)
})
