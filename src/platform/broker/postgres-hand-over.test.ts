import { expect, test } from 'vitest'
import { messageTo } from '../../../test/support/message-form.ts'
import type { Message } from './broker.ts'
import { handOver, type WaitingConsumer } from './postgres-hand-over.ts'

const message = (id: string, { queue = 'q', level = 5 } = {}): Message =>
  messageTo(queue, 'task', null, { id, level })

const waiting = (consumer: string, places: number, queues = ['q']) => {
  const seen = { received: [] as string[], expected: [] as string[], reserved: 0 }
  const waiter: WaitingConsumer = {
    consumer,
    roomFor: (queue) => (queues.includes(queue) ? places - seen.reserved : 0),
    reserve: (count) => void (seen.reserved += count),
    receive: (messages, count) => {
      seen.reserved -= count
      seen.received.push(...messages.map(({ seq, message: { id } }) => `${id}:${seq}`))
    },
    expect: (queue) => void seen.expected.push(queue),
  }
  return { waiter, seen }
}

const seqsOf = (ids: Iterable<string>) => new Map([...ids].map((id, index) => [id, index + 1]))

test('nobody waits → nothing is given', () => {
  const { consumers, complete } = handOver([message('a')], [])
  expect(consumers.size).toBe(0)
  complete(new Map())
})

test('more than there is room for → the lowest levels are given, the rest is expected', () => {
  const { waiter, seen } = waiting('one', 2)
  const messages = [
    message('late', { level: 8 }),
    message('a'),
    message('b'),
    message('x', { queue: 'other' }),
  ]
  const { consumers, complete } = handOver(messages, [waiter])
  expect([...consumers]).toEqual([
    ['a', 'one'],
    ['b', 'one'],
  ])
  expect(seen.reserved).toBe(2)
  complete(seqsOf(consumers.keys()))
  expect(seen).toEqual({ received: ['a:1', 'b:2'], expected: ['other', 'q'], reserved: 0 })
})

test('several wait → each message to who has most room', () => {
  const small = waiting('small', 1)
  const large = waiting('large', 3)
  const messages = ['a', 'b', 'c', 'd', 'e'].map((id) => message(id))
  const { consumers, complete } = handOver(messages, [small.waiter, large.waiter])
  complete(seqsOf(consumers.keys()))
  expect(small.seen.received).toHaveLength(1)
  expect(large.seen.received).toHaveLength(3)
  expect(consumers.has('e')).toBe(false)
})

test('storing failed → nothing is received, and the places are free', () => {
  const { waiter, seen } = waiting('one', 2)
  handOver([message('a')], [waiter]).complete(new Map())
  expect(seen).toMatchObject({ received: [], reserved: 0 })
})
