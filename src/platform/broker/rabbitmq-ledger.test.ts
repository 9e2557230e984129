import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAckLedger } from './rabbitmq-ledger.ts'

/** A broker's side of one channel: what it delivered and has not heard about. */
const channelOf = (delivered: number) => {
  const unanswered = new Set(Array.from({ length: delivered }, (_, index) => index + 1))
  const returned: number[] = []
  let frames = 0
  const answer = (tag: number) => {
    frames++
    if (!unanswered.delete(tag)) throw new Error(`unknown delivery tag ${tag}`)
  }
  type Named = { fields: { deliveryTag: number } }
  return {
    unanswered,
    returned,
    frames: () => frames,
    ack: ({ fields }: Named, allUpTo = false) => {
      answer(fields.deliveryTag)
      if (allUpTo)
        for (const tag of unanswered) if (tag < fields.deliveryTag) unanswered.delete(tag)
    },
    nack: ({ fields }: Named) => {
      answer(fields.deliveryTag)
      returned.push(fields.deliveryTag)
    },
  }
}

test('acks in any order and in any groups → exactly what was settled is acknowledged', () => {
  const step = fc.record({
    tag: fc.integer({ min: 1, max: 30 }),
    what: fc.constantFrom('settle', 'settle', 'settle', 'give back', 'flush'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const channel = channelOf(30)
      const ledger = createAckLedger(channel)
      const open = new Set(channel.unanswered)
      for (const tag of open) ledger.enter(tag)
      for (const { tag, what } of steps) {
        if (what === 'flush') {
          ledger.flush()
          expect([...channel.unanswered]).toEqual([...open])
        } else {
          open.delete(tag)
          if (what === 'settle') ledger.settle(tag)
          else ledger.giveBack(tag)
        }
      }
      ledger.flush()
      expect([...channel.unanswered]).toEqual([...open])
      expect(ledger.size).toBe(open.size)
    }),
  )
})

test('a thousand acks in one turn → one frame', () => {
  const channel = channelOf(1_000)
  const ledger = createAckLedger(channel)
  for (let tag = 1; tag <= 1_000; tag++) ledger.enter(tag)
  for (let tag = 1_000; tag >= 1; tag--) ledger.settle(tag)
  ledger.flush()
  expect(channel.unanswered.size).toBe(0)
  expect(channel.frames()).toBe(1)
})

test('channel is closing → nothing is thrown, nothing is answered any more', () => {
  const closing = () => {
    throw new Error('Channel closing')
  }
  const ledger = createAckLedger({ ack: closing, nack: closing })
  ledger.enter(1)
  ledger.enter(2)
  ledger.giveBack(1)
  ledger.settle(2)
  ledger.flush()
  expect(ledger.size).toBe(0)
})
